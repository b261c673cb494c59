/** What a `.vue` file is to tools that do not read it; `vue-tsc` reads it and knows better. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
