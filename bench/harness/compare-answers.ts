/** What is compared before anything is timed: one contender's answers to the cases, in their order. */
export interface Answers {
  readonly contender: string;
  readonly answers: readonly string[];
}

/** Thrown where a contender answers another thing than the reference: speed then says nothing. */
export class AnswersDifferError extends Error {
  override readonly name = "AnswersDifferError";
}

/**
 * Holds a contender's answers against the expected ones. `cases` names each case for the message.
 *
 * @throws AnswersDifferError naming the contender, the first case and both answers.
 */
export function compareAnswers(
  given: Answers,
  expected: readonly string[],
  cases: readonly string[],
): void {
  const { contender, answers } = given;
  if (answers.length > cases.length || expected.length !== cases.length) {
    throw new Error(`${contender} was asked other cases than the reference`);
  }
  if (answers.length === 0) throw new AnswersDifferError(`${contender} answered nothing`);
  const differing = answers.findIndex((answer, index) => answer !== expected[index]);
  if (differing === -1) return;
  throw new AnswersDifferError(
    `${contender} answers ${answers[differing]} to ${cases[differing]}, ` +
      `where the reference answers ${expected[differing]}`,
  );
}
