import {
  createPostgresSessionStore,
  postgresSessionTables,
} from "@gatewright/runtime/sessions/postgres";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { findPostgres } from "../../services/postgres.js";
import { allAnswer, allReject, askAll, openSilentServer } from "./ask-all.js";
import { HOUR, newSession, submit } from "./session-examples.js";

const service = await findPostgres();

describe.skipIf(service === undefined)("S13: a PostgreSQL", () => {
  const schema = `gatewright test ${crypto.randomUUID()}`;
  const pool = new pg.Pool(service?.config);
  afterAll(async () => {
    await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await pool.end();
  });

  it("makes the tables where many processes start at once, and keeps what is there", async () => {
    const stores = Array.from({ length: 10 }, () => createPostgresSessionStore({ pool, schema }));
    const begun = await Promise.all(stores.map((store) => store.create(newSession())));
    expect(begun.length).toBe(10);
    await pool.query(postgresSessionTables(schema));
    expect((await createPostgresSessionStore({ pool, schema }).list("u1")).length).toBe(10);
  });

  it("begins the first sessions of a subject at one moment", async () => {
    const store = createPostgresSessionStore({ pool, schema });
    for (let round = 0; round < 40; round += 1) {
      const subject = `first ${round}`;
      const sessions = Array.from({ length: 10 }, () => newSession({ subject }));
      const begun = await Promise.all(sessions.map((session) => store.create(session)));
      expect(begun.length).toBe(10);
      expect((await store.list(subject)).length).toBe(10);
    }
  });

  it("is used without leave to make tables where a migration made them", async () => {
    const role = `gatewright_test_${crypto.randomUUID().replaceAll("-", "")}`;
    await pool.query(postgresSessionTables(schema));
    await pool.query(`CREATE ROLE ${role};
      GRANT USAGE ON SCHEMA "${schema}" TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`);
    const own = new pg.Pool({ ...service?.config, options: `-c role=${role}` });
    const store = createPostgresSessionStore({ pool: own, schema });
    expect(await askAll(store, "s1")).toEqual(allAnswer);
    const other = createPostgresSessionStore({ pool: own, schema: `${schema} 2` });
    expect(await askAll(other, "s1")).toEqual(allReject);
    await own.end();
    await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it("takes the name of a schema as a name", async () => {
    const odd = `${schema}"; DROP TABLE x; --`;
    const store = createPostgresSessionStore({ pool, schema: odd });
    const { session } = await store.create(newSession());
    expect(await store.read(session.id)).toEqual(session);
    await pool.query(`DROP SCHEMA "${odd.replaceAll('"', '""')}" CASCADE`);
  });

  it("deletes what expired, some of it each time that many have begun", async () => {
    let clock = Date.now();
    const store = createPostgresSessionStore({ pool, schema, now: () => clock });
    const begin = (subject: string) => store.create(newSession({ subject, absoluteFor: HOUR }));
    const kept = async () => {
      const text = `SELECT count(*) FROM "${schema}".sessions WHERE subject LIKE 'swept%'
        UNION ALL SELECT count(*) FROM "${schema}".session_subjects WHERE subject LIKE 'swept%'`;
      return (await pool.query(text)).rows.map(({ count }) => Number(count));
    };
    for (let count = 0; count < 40; count += 1) await begin(`swept ${count}`);
    expect(await kept()).toEqual([40, 40]);
    clock += HOUR;
    for (let count = 0; count < 64; count += 1) await begin("u3");
    expect(await kept()).toEqual([0, 0]);
  });

  it("whose row somebody else has locked is a rejection in time", async () => {
    const store = createPostgresSessionStore({ pool, schema });
    const { session } = await store.create(newSession());
    const other = await pool.connect();
    await other.query("BEGIN");
    await other.query(`SELECT * FROM "${schema}".sessions WHERE id = $1 FOR UPDATE`, [session.id]);
    await expect(store.step(session.id, submit(0))).rejects.toThrow("PostgreSQL does not answer");
    await other.query("COMMIT");
    other.release();
    expect(await store.step(session.id, submit(0))).toMatchObject({ generation: 1 });
  });

  it("that says nothing, or is not there, is a rejection in time", async () => {
    const silent = await openSilentServer();
    const config = { host: "127.0.0.1", connectionTimeoutMillis: 2500 };
    const waiting = new pg.Pool({ ...config, port: silent.port });
    expect(await askAll(createPostgresSessionStore({ pool: waiting }), "s1")).toEqual(allReject);
    silent.close();
    const refused = new pg.Pool({ ...config, port: silent.port });
    expect(await askAll(createPostgresSessionStore({ pool: refused }), "s1")).toEqual(allReject);
    await Promise.all([waiting.end(), refused.end()]);
  });

  it("where somebody else wrote is no verdict", async () => {
    const store = createPostgresSessionStore({ pool, schema });
    await expect(store.create(newSession({ subject: "\u0000" }))).rejects.toThrow();
    const odd = {
      query: async () => ({ rows: [{ isSetUp: true, kind: "won", state: "active" }] }),
    };
    const believer = createPostgresSessionStore({ pool: odd });
    await expect(believer.step("s1", submit(0))).rejects.toThrow("in another form");
    await expect(believer.read("s1")).rejects.toThrow("cannot be read");
  });
});
