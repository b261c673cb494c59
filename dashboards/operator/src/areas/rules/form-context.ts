import { inject, provide, ref } from 'vue';
import type { InjectionKey, Ref } from 'vue';

/** What the fields of a form share: what is wrong with each, and whether they can be changed. */
export interface FormContext {
  readonly isReadonly: boolean;
  /** What is wrong with a field, or with something inside it, by its path in the request. */
  errorAt(path: string): string | undefined;
  /** The person is changing the field: what was wrong with it may not be any more. */
  forget(path: string): void;
  /** Says anew what is wrong. */
  tell(problems: Readonly<Record<string, string>>): void;
  /** How many fields are said to be wrong. */
  readonly count: () => number;
}

const KEY: InjectionKey<FormContext> = Symbol('the form of a rule');

/** Makes a form whose fields find it by `useForm`. */
export function provideForm(isReadonly: Ref<boolean>): FormContext {
  const problems = ref<Readonly<Record<string, string>>>({});
  const isAt = (path: string, field: string): boolean => field === path || field.startsWith(`${path}.`);
  const form: FormContext = {
    get isReadonly() {
      return isReadonly.value;
    },
    errorAt: (path) => Object.entries(problems.value).find(([field]) => isAt(path, field))?.[1],
    forget: (path) => {
      problems.value = Object.fromEntries(Object.entries(problems.value).filter(([field]) => !isAt(path, field)));
    },
    tell: (told) => {
      problems.value = told;
    },
    count: () => Object.keys(problems.value).length,
  };
  provide(KEY, form);
  return form;
}

/** The form around the component. */
export function useForm(): FormContext {
  const form = inject(KEY);
  if (form === undefined) throw new Error('A field of a rule stands outside of its form; put it into RuleForm.vue.');
  return form;
}
