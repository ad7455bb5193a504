/** Names of a schema's tables, quoted. */
export interface PostgresTables {
  readonly schema: string;
  readonly sessions: string;
  readonly subjects: string;
}

export function tablesOf(schema: string): PostgresTables {
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  return { schema: quoted, sessions: `${quoted}.sessions`, subjects: `${quoted}.session_subjects` };
}

/**
 * Run as one query, which is one transaction: the lock is of whoever sets up at the same time, and what is
 * there already stays. Indexes are written as constraints, since an index of its own would lock the table under
 * those who use it. None holds what a step changes, so that rows are changed in place.
 */
export function setupOf({ schema, sessions, subjects }: PostgresTables): string {
  return `
SELECT pg_advisory_xact_lock(hashtext('gatewright sessions'));
CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${sessions} (
  place bigint GENERATED ALWAYS AS IDENTITY,
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C" NOT NULL,
  data text NOT NULL,
  seen text NOT NULL,
  epoch bigint NOT NULL,
  generation bigint NOT NULL,
  retries bigint NOT NULL,
  retried_in_a_row bigint NOT NULL,
  state text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  rotated_at bigint NOT NULL,
  idle_until bigint NOT NULL,
  absolute_until bigint NOT NULL,
  UNIQUE (subject, place),
  UNIQUE (absolute_until, place)
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS ${subjects} (
  subject text COLLATE "C" PRIMARY KEY,
  epoch bigint NOT NULL,
  changes bigint NOT NULL,
  keep_until bigint NOT NULL,
  UNIQUE (keep_until, subject)
);
`;
}

export type PostgresStatements = Readonly<
  Record<"isSetUp" | "create" | "read" | "step" | "end" | "endAll" | "list" | "sweep", string>
>;

/** The session's columns by the names of `StoredSession`. */
const SESSION = `id, subject, data, seen, epoch, generation, retries, retried_in_a_row AS "retriedInARow", state,
  created_at AS "createdAt", rotated_at AS "rotatedAt", idle_until AS "idleUntil", absolute_until AS "absoluteUntil"`;

/** $1 is the time where a test brings its own, else null: the time of the server, when this is computed. */
const NOW = `coalesce($1::bigint, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`;

/**
 * A statement sees the rows that were there when it began, but locks and changes the newest version of each.
 * What is judged comes from the lock, the time too: each step of a query takes its rows from the one before.
 */
export function statementsOf({ sessions, subjects }: PostgresTables): PostgresStatements {
  const isLive = `s.state = 'active' AND t.now < s.idle_until AND t.now < s.absolute_until`;
  return {
    isSetUp: `SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS "isSetUp"`,

    read: `SELECT ${SESSION} FROM ${sessions} WHERE id = $2 AND absolute_until > ${NOW}`,

    list: `SELECT ${SESSION} FROM ${sessions} s, (SELECT ${NOW} AS now) t
WHERE s.subject = $2 AND ${isLive} ORDER BY s.place`,

    // $3 generation, $4 window, $5 most retries, $6 whether it may be one, $7 idle time, $8 seen.
    step: `WITH held AS MATERIALIZED (
  SELECT * FROM ${sessions} WHERE id = $2 FOR UPDATE
), timed AS MATERIALIZED (
  SELECT held.*, ${NOW} AS now FROM held
), judged AS MATERIALIZED (
  SELECT *, CASE
    WHEN now >= absolute_until THEN 'missing'
    WHEN state <> 'active' THEN 'ended'
    WHEN now >= idle_until THEN 'expired'
    WHEN $3::bigint = generation THEN 'rotated'
    WHEN $3::bigint > generation THEN 'ahead'
    WHEN $3::bigint <> generation - 1 OR $4::bigint <= 0 OR now - rotated_at > $4::bigint
      OR retries >= $5::bigint THEN 'reused'
    WHEN NOT $6::boolean THEN 'refused'
    ELSE 'retried' END AS kind FROM timed
), changed AS (
  UPDATE ${sessions} s SET
    generation = CASE j.kind WHEN 'rotated' THEN j.generation + 1 ELSE j.generation END,
    retries = CASE j.kind WHEN 'rotated' THEN 0 WHEN 'retried' THEN j.retries + 1 ELSE j.retries END,
    retried_in_a_row = CASE WHEN j.kind <> 'rotated' THEN j.retried_in_a_row
      WHEN j.retries > 0 THEN j.retried_in_a_row + 1 ELSE 0 END,
    state = CASE j.kind WHEN 'ahead' THEN 'forged-generation' WHEN 'reused' THEN 'reuse' ELSE j.state END,
    rotated_at = CASE j.kind WHEN 'rotated' THEN j.now ELSE j.rotated_at END,
    idle_until = CASE j.kind WHEN 'rotated' THEN least(j.now + $7::bigint, j.absolute_until)
      ELSE j.idle_until END,
    seen = CASE j.kind WHEN 'rotated' THEN $8 ELSE j.seen END
  FROM judged j WHERE s.id = j.id AND j.kind IN ('rotated', 'retried', 'ahead', 'reused')
  RETURNING s.id, s.generation, s.retries, s.retried_in_a_row, s.idle_until, s.absolute_until
)
SELECT j.kind, j.state, j.now AS at, c.generation, c.retries, c.retried_in_a_row AS "retriedInARow",
  c.idle_until AS "idleUntil", c.absolute_until AS "absoluteUntil"
FROM judged j LEFT JOIN changed c ON c.id = j.id`,

    end: `UPDATE ${sessions} SET state = $3 WHERE id = $2 AND state = 'active' AND absolute_until > ${NOW}
RETURNING id`,

    // Sessions that began while this waited for the subject are unseen: then nothing is done, and no row comes
    // back. $3 id, $4 data, $5 seen, $6 idle time, $7 absolute time, $8 most sessions. `ON CONFLICT` looks at one
    // unique index alone: where first sessions of a subject met at the other, there were deadlocks and violations.
    create: `WITH locked AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended($2, 0))
), before AS MATERIALIZED (
  SELECT changes FROM ${subjects} WHERE subject = $2
), held AS (
  INSERT INTO ${subjects} AS u SELECT $2, ${NOW}, 1, ${NOW} + $7::bigint FROM locked
  ON CONFLICT (subject) DO UPDATE SET changes = u.changes + 1,
    keep_until = greatest(u.keep_until, excluded.keep_until)
  WHERE u.changes = (SELECT changes FROM before)
  RETURNING u.epoch
), timed AS MATERIALIZED (
  SELECT epoch, ${NOW} AS now FROM held
), live AS MATERIALIZED (
  SELECT s.id, row_number() OVER (ORDER BY s.place DESC) AS age
  FROM ${sessions} s, timed t WHERE s.subject = $2 AND ${isLive}
), displaced AS (
  UPDATE ${sessions} s SET state = 'displaced' FROM live l
  WHERE s.id = l.id AND l.age >= $8::bigint AND s.state = 'active'
  RETURNING s.id, s.place
), created AS (
  INSERT INTO ${sessions} (id, subject, data, seen, epoch, generation, retries, retried_in_a_row, state,
    created_at, rotated_at, idle_until, absolute_until)
  SELECT $3, $2, $4, $5, epoch, 0, 0, 0, 'active', now, now, now + least($6::bigint, $7::bigint),
    now + $7::bigint FROM timed
  RETURNING *
)
SELECT ${SESSION}, (SELECT json_agg(d.id ORDER BY d.place)::text FROM displaced d) AS displaced FROM created`,

    // As above. A subject without a row never had a session, or none that is still kept. $3 why, $4 but for.
    endAll: `WITH before AS MATERIALIZED (
  SELECT changes FROM ${subjects} WHERE subject = $2
), held AS (
  UPDATE ${subjects} u SET changes = u.changes + 1, epoch = greatest(u.epoch + 1, ${NOW})
  FROM before b WHERE u.subject = $2 AND u.changes = b.changes
  RETURNING u.epoch
), timed AS MATERIALIZED (
  SELECT epoch, ${NOW} AS now FROM held
  UNION ALL SELECT ${NOW}, ${NOW} WHERE NOT EXISTS (SELECT FROM before)
), ended AS (
  UPDATE ${sessions} s SET state = $3 FROM timed t
  WHERE s.subject = $2 AND s.id IS DISTINCT FROM $4 AND ${isLive}
  RETURNING s.id, s.place
), spared AS (
  UPDATE ${sessions} s SET epoch = t.epoch FROM timed t WHERE s.id = $4 AND s.subject = $2
)
SELECT t.epoch, (SELECT json_agg(e.id ORDER BY e.place)::text FROM ended e) AS ended FROM timed t`,

    // Rows that somebody else is deleting are left to him.
    sweep: `WITH expired AS MATERIALIZED (
  SELECT id FROM ${sessions} WHERE absolute_until <= ${NOW} LIMIT $2 FOR UPDATE SKIP LOCKED
), forgotten AS MATERIALIZED (
  SELECT subject FROM ${subjects} WHERE keep_until <= ${NOW} LIMIT $2 FOR UPDATE SKIP LOCKED
), swept AS (
  DELETE FROM ${sessions} s USING expired e WHERE s.id = e.id
)
DELETE FROM ${subjects} u USING forgotten f WHERE u.subject = f.subject AND u.keep_until <= ${NOW}`,
  };
}
