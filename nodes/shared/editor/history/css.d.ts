/** Style sheets are bundled as text: the panel puts them into the page itself. */
declare module '*.css' {
  const text: string;
  export default text;
}
