import { ref, shallowRef } from 'vue';

/** What a person is asked before something that cannot be undone. */
export interface Question {
  title: string;
  text: string;
  /** What the button that does it says. */
  confirm: string;
  action: () => Promise<void>;
}

/** One confirmation dialog for a whole section. */
export function useConfirm() {
  const question = shallowRef<Question>();
  const isAsking = ref(false);
  return {
    question,
    isAsking,
    ask: (asked: Question) => {
      question.value = asked;
      isAsking.value = true;
    },
  };
}
