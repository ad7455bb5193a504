import { createHash } from "node:crypto";

/** A script of Lua, and the name that Redis gives it. */
export interface RedisScript {
  readonly text: string;
  readonly sha: string;
}

/** The first argument is the time where a test brings its own, else empty. */
const CLOCK = `
local time = redis.call("TIME")
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local now = tonumber(ARGV[1]) or clock`;

/**
 * What changes stands in one field, so that a step reads and writes one: the state, generation, retries,
 * retriedInARow, rotatedAt, idleUntil, absoluteUntil, epoch and createdAt. Another text there is an error. Lua
 * prints a number of up to 14 digits in full, as times are until the year 5138.
 */
const COUNTERS = `
local function read(counters)
  local state, a, b, c, d, e, f, g, h = string.match(counters, "^(%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$")
  if not state then error("a session in the store cannot be read") end
  return state, tonumber(a), tonumber(b), tonumber(c), tonumber(d), tonumber(e), tonumber(f), tonumber(g), tonumber(h)
end`;

/** The state is the first word. */
const ENDING = `
local function finish(session, state, counters)
  redis.call("HSET", session, "counters", state .. string.match(counters, " .*"))
end`;

/** The live sessions of a subject, the oldest first, and their counters; the rest lose their place. */
const LIVE = `
local live, countersOf = {}, {}
for _, id in ipairs(redis.call("ZRANGE", subject, 0, -1)) do
  local counters = redis.call("HGET", prefix .. id, "counters")
  local isLive = false
  if counters then
    local state, _, _, _, _, idleUntil, absoluteUntil = read(counters)
    isLive = state == "active" and now < idleUntil and now < absoluteUntil
  end
  if isLive then
    live[#live + 1] = id
    countersOf[id] = counters
  else
    redis.call("ZREM", subject, id)
  end
end`;

/**
 * The rules of `stepSession`. Answers with the kind of the verdict, the counters and the time. What stays is
 * left as text: to read and print all numbers takes Redis twice as long.
 */
export const STEP = scriptOf(`
local session = KEYS[1]
local found = redis.call("HGET", session, "counters")
if not found then return "missing" end
${CLOCK}
local state, generation, retries, row, rotatedAt, idleUntil, absoluteUntil, rest = string.match(found, "^(%S+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)( %d+ %d+)$")
if not state then error("a session in the store cannot be read") end
if now >= tonumber(absoluteUntil) then return "missing" end
if state ~= "active" then return "ended " .. state end
if now >= tonumber(idleUntil) then return "expired" end
local ahead = tonumber(ARGV[2]) - generation
if ahead == 0 then
  row = retries == "0" and 0 or row + 1
  idleUntil = math.min(now + ARGV[6], tonumber(absoluteUntil))
  local counters = "active " .. generation + 1 .. " 0 " .. row .. " " .. now .. " " .. idleUntil .. " " .. absoluteUntil .. rest
  redis.call("HSET", session, "counters", counters, "seen", ARGV[7])
  return "rotated " .. counters .. " " .. now
end
local window = tonumber(ARGV[3])
local kind = "retried"
if ahead > 0 then
  kind, state = "ahead", "forged-generation"
elseif ahead ~= -1 or window <= 0 or now - rotatedAt > window or tonumber(retries) >= tonumber(ARGV[4]) then
  kind, state = "reused", "reuse"
elseif ARGV[5] ~= "1" then
  return "refused"
else
  retries = retries + 1
end
local counters = state .. " " .. generation .. " " .. retries .. " " .. row .. " " .. rotatedAt .. " " .. idleUntil .. " " .. absoluteUntil .. rest
redis.call("HSET", session, "counters", counters)
return kind .. " " .. counters .. " " .. now`);

/**
 * The sorted set of a subject and its epoch live as long as the last of its sessions. Places rise, so that the
 * order is that in which sessions began, whatever the clock said.
 */
export const CREATE = scriptOf(`
local session, subject, epochKey, prefix = KEYS[1], KEYS[2], KEYS[3], ARGV[2]
if redis.call("EXISTS", session) == 1 then return redis.error_reply("ERR the session is there already") end
${CLOCK}
${COUNTERS}
${ENDING}
${LIVE}
local displaced = {}
for place = 1, #live + 1 - tonumber(ARGV[8]) do
  local id = live[place]
  finish(prefix .. id, "displaced", countersOf[id])
  redis.call("ZREM", subject, id)
  displaced[place] = id
end
local epoch = tonumber(redis.call("GET", epochKey) or now)
local absoluteUntil = now + tonumber(ARGV[7])
local idleUntil = math.min(now + tonumber(ARGV[6]), absoluteUntil)
local counters = table.concat({"active", 0, 0, 0, now, idleUntil, absoluteUntil, epoch, now}, " ")
redis.call("HSET", session, "counters", counters, "subject", ARGV[9], "data", ARGV[4], "seen", ARGV[5])
redis.call("PEXPIREAT", session, absoluteUntil)
local last = redis.call("ZRANGE", subject, -1, -1, "WITHSCORES")[2]
local keep = math.max(absoluteUntil - clock, redis.call("PTTL", subject), redis.call("PTTL", epochKey))
redis.call("ZADD", subject, math.max(now, last and last + 1 or 0), ARGV[3])
redis.call("PEXPIRE", subject, keep)
redis.call("SET", epochKey, epoch, "PX", keep)
return {epoch, now, displaced}`);

/** As long as the session is kept; one that is idle may still be ended. */
export const END = scriptOf(`
local counters = redis.call("HGET", KEYS[1], "counters")
if not counters then return 0 end
${CLOCK}
${COUNTERS}
${ENDING}
local state, _, _, _, _, _, absoluteUntil = read(counters)
if state ~= "active" or now >= absoluteUntil then return 0 end
finish(KEYS[1], ARGV[2], counters)
return 1`);

export const END_ALL = scriptOf(`
local subject, epochKey, prefix, except = KEYS[1], KEYS[2], ARGV[2], ARGV[4]
${CLOCK}
${COUNTERS}
${ENDING}
local keep = math.max(redis.call("PTTL", subject), redis.call("PTTL", epochKey))
${LIVE}
local ended = {}
for _, id in ipairs(live) do
  if id ~= except then
    finish(prefix .. id, ARGV[3], countersOf[id])
    redis.call("ZREM", subject, id)
    ended[#ended + 1] = id
  end
end
local epoch = math.max((tonumber(redis.call("GET", epochKey)) or 0) + 1, now)
if keep > 0 then redis.call("SET", epochKey, epoch, "PX", keep) end
local spared = except ~= "" and redis.call("HMGET", prefix .. except, "subject", "counters") or {}
if spared[1] == ARGV[5] then
  local counters = {read(spared[2])}
  counters[8] = epoch
  redis.call("HSET", prefix .. except, "counters", table.concat(counters, " "))
end
return {epoch, ended}`);

/** Each live session as its id, then the fields that are named from the third argument on. */
export const LIST = scriptOf(`
local subject, prefix = KEYS[1], ARGV[2]
${CLOCK}
${COUNTERS}
${LIVE}
local listed = {}
for place, id in ipairs(live) do
  listed[place] = {id, redis.call("HMGET", prefix .. id, unpack(ARGV, 3))}
end
return listed`);

function scriptOf(text: string): RedisScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
