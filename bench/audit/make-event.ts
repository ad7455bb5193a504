import type { Random } from "../harness/random.js";

export type BenchEvent = Readonly<Record<string, unknown>>;

/** Texts that an action, a place or a program has, the same in most events. */
const SHARED = {
  agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0",
  channel: "web",
  currency: "EUR",
  device: "mobile",
  reason: "paid by the customer",
  region: "eu-central-1",
  warehouse: "berlin-2",
} as const;

/** An event all of whose texts and numbers are its own, made as an application does: by a literal. */
export function makeEvent(random: Random, shared: Partial<typeof SHARED> = {}): BenchEvent {
  const word = (length: number) => from(random, "abcdefghijklmnopqrstuvwxyz", length);
  const digits = (length: number) => from(random, "0123456789", length);
  return {
    orderId: random.below(10_000_000),
    amount: random.below(1_000_000) / 100,
    currency: shared.currency ?? word(3),
    channel: shared.channel ?? word(4),
    customer: flat(`${word(4)}.${word(7)}@example.com`),
    card: flat(cardNumber(`4${digits(14)}`)),
    phone: flat(`+49 30 ${digits(7)}`),
    holder: flat(`${word(5)} ${word(8)}`),
    client: flat([1, 2, 3, 4].map(() => 1 + random.below(254)).join(".")),
    password: word(12),
    note: flat(`${word(8)} ${word(9)} ${word(7)}`),
    region: shared.region ?? word(12),
    warehouse: shared.warehouse ?? word(8),
    items: [flat(`sku-${digits(5)}`), flat(`sku-${digits(5)}`)],
    express: random.chance(0.5),
    gift: random.chance(0.5),
    quantity: random.below(50),
    weight: random.below(10_000) / 1000,
    coupon: word(8),
    session: flat(digits(16) + word(8)),
    device: shared.device ?? word(6),
    agent: shared.agent ?? flat(`Mozilla/5.0 (X11; Linux x86_64) ${word(12)}`),
    referrer: flat(`https://example.com/${word(9)}`),
    reason: shared.reason ?? flat(`${word(8)} ${word(7)}`),
    approver: flat(`${word(6)}-${digits(4)}`),
  };
}

/** An event that shares seven of its texts with all others. */
export function makeSimilarEvent(random: Random): BenchEvent {
  return makeEvent(random, SHARED);
}

/** As a text comes from the network: in one piece. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function from(random: Random, letters: string, length: number): string {
  return flat(Array.from({ length }, () => letters[random.below(letters.length)]).join(""));
}

/** With the last digit that Luhn asks for. */
function cardNumber(digits: string): string {
  const sum = [...digits].reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
