/**
 * The door for generated conditions, and for conditions of a bundle. Services without conditions load nothing
 * of it. What it exports keeps its meaning for one value of `CONDITION_FORMAT`.
 *
 * @module
 */
export { entryAt, hasKey, itemAt, required, valueAt } from "./conditions/access.js";
export { boxedMap } from "./conditions/boxed.js";
export type { Boxed, BoxedMap, Key } from "./conditions/boxed.js";
export { buildCondition, buildExpression } from "./conditions/build-condition.js";
export type { BuiltExpression, Condition } from "./conditions/build-condition.js";
export type { ConditionInputs } from "./conditions/built.js";
export {
  bytesOfText,
  compareBytes,
  fromBase64,
  joinBytes,
  textOfBytes,
} from "./conditions/bytes.js";
export { calendarPart } from "./conditions/calendar.js";
export { checkInputs } from "./conditions/check-inputs.js";
export { fail, ConditionError, toConditionError } from "./conditions/condition-error.js";
export type { ConditionErrorCode } from "./conditions/condition-error.js";
export { createCall } from "./conditions/create-call.js";
export { createConvert, plainMap, record } from "./conditions/convert.js";
export { callDynamic } from "./conditions/dynamic.js";
export {
  addInt,
  addUint,
  divideInt,
  divideUint,
  multiplyInt,
  multiplyUint,
  negateInt,
  remainderInt,
  remainderUint,
  subtractInt,
  subtractUint,
} from "./conditions/int.js";
export type { Int } from "./conditions/int.js";
export {
  allAbsorbing,
  andAbsorbing,
  existsAbsorbing,
  existsOne,
  orAbsorbing,
  spend,
  startSteps,
} from "./conditions/macros.js";
export {
  boolOfText,
  doubleOfText,
  intOfDouble,
  intOfText,
  intOfUint,
  textOfDouble,
  uintOfDouble,
  uintOfInt,
  uintOfText,
} from "./conditions/numbers.js";
export { createMatcher } from "./conditions/pattern.js";
export type { Matcher, PatternProgram, PatternStep } from "./conditions/pattern.js";
export { boxValue, createReader } from "./conditions/read-value.js";
export { compareText, sizeOfText } from "./conditions/text.js";
export {
  addDurations,
  addToTimestamp,
  durationBetween,
  durationOfMillis,
  durationOfText,
  partOfDuration,
  secondsOfTimestamp,
  takeFromTimestamp,
  textOfDuration,
  textOfTimestamp,
  timestampOfDate,
  timestampOfInt,
  timestampOfText,
} from "./conditions/time.js";
export { CONDITION_FORMAT } from "./conditions/tree.js";
export type { ConditionNode, MacroName, SerializedCondition } from "./conditions/tree.js";
export type { ConditionField, ConditionFields, ConditionType } from "./conditions/types.js";
