import { copyList } from "./event-field.js";
import type { EventField } from "./event-field.js";

/**
 * Reads the fields of an object in the order of their declaration; gives their values, or the index of the
 * one that cannot be read.
 */
export type ReadFields = (fields: EventFields) => readonly unknown[] | number;

/** What the application tells of an event: nothing of it is known yet. */
export type EventFields = Readonly<Record<string, unknown>>;

export function createFieldReader(members: readonly EventField[]): ReadFields {
  return (fields) => {
    const values: unknown[] = [];
    try {
      // Once each: what is checked is what is written, whatever a getter says the next time.
      for (const { name, type } of members) {
        const value = fields[name];
        values.push(type === "list<string>" ? copyList(value) : value);
      }
      return values;
    } catch {
      // A getter or a proxy threw; what it threw may hold anything.
      return values.length;
    }
  };
}

/**
 * Counts the properties of an object that are not declared, without reading them; throws what the object throws that
 * does not let its names be seen.
 */
export function createUndeclaredCount(
  members: readonly Pick<EventField, "name">[],
): (fields: EventFields) => number {
  const declared = new Set(members.map(({ name }) => name));
  // Events of one kind are made in one place, their names in one order: the last order seen spares the look-up.
  const order = [...declared];
  return (fields) => {
    let undeclared = 0;
    let place = 0;
    for (const name in fields) {
      if (order[place] !== name) {
        if (!declared.has(name)) {
          undeclared += 1;
          continue;
        }
        order[place] = name;
      }
      place += 1;
    }
    return undeclared;
  };
}
