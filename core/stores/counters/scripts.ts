import { hash } from 'node:crypto';
import { bucketLua } from './bucket-lua.ts';
import { counterLua } from './counter-lua.ts';

/**
 * KEYS mark, record, (hash, holds)…; ARGV owner, ttl, id, the mark, (kind, limit, amount, resets or period)…, and of
 * those that the ledger knows the numbers, negative where nothing was spent before they were counted here. Answers -2 where the mark is another one, -3 for an id that was
 * settled, -4 and the numbers of budgets that were not restored, -1 where the script is to be called again; else 1 or 0,
 * which did not fit, the wait, and the states.
 */
const admit = `
if call('GET', KEYS[1]) ~= ARGV[4] then return { -2 } end
local record = call('GET', KEYS[2])
if record and string.sub(record, 1, 1) == 'S' then return { -3 } end
local owner, ttl, id = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local count = #KEYS / 2 - 1
local needed = {}
for at = 5 + 4 * count, #ARGV do
  local number = tonumber(ARGV[at])
  needed[math.abs(number)] = number
end
local index, wait = -1, 0
local answer = { 1, -1, -1 }
local found = {}
for i = 1, count do
  local kind, limit, amount = ARGV[4 * i + 1], tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  local spent, held, needs = 0, 0, nil
  if kind == 'r' then
    local b = loadBucket(KEYS[2 * i + 1], limit, tonumber(ARGV[4 * i + 4]))
    found[i] = b
    spent = b.used
    if amount > limit - spent then needs = waitFor(b, amount) or -1 end
  else
    local x
    spent, held, x = load(KEYS[2 * i + 1], KEYS[2 * i + 2], needed[i] and i, (needed[i] or 0) > 0)
    found[i] = { held = held, x = x }
    if amount > limit - spent - held then needs = -1 end
  end
  if needs then
    if index < 0 then index = i - 1 end
    wait = (wait < 0 or needs < 0) and -1 or math.max(wait, needs)
  end
  answer[2 * i + 2] = spent
  answer[2 * i + 3] = held
end
if record then return answer end
if #unrestored > 1 then return unrestored end
if index >= 0 then
  if more then return { -1 } end
  answer[1] = 0
  answer[2] = index
  answer[3] = wait
  return answer
end
local rates = ''
for i = 1, count do
  local kind, amount = ARGV[4 * i + 1], ARGV[4 * i + 3]
  local hash, holds, c = KEYS[2 * i + 1], KEYS[2 * i + 2], found[i]
  if kind == 'r' then
    take(c, tonumber(amount))
    saveBucket(hash, c)
    rates = rates .. ' ' .. int(c.used) .. ' ' .. int(c.credit) .. ' ' .. int(now)
    answer[2 * i + 2] = c.used
  else
    answer[2 * i + 3] = c.held + tonumber(amount)
    call('HSET', hash, 'h', int(answer[2 * i + 3]))
    call('ZADD', holds, int(now + ttl), amount .. '|' .. id)
    keep(hash, holds, c.x, lifetime(kind, ARGV[4 * i + 4], ttl), c.held == 0)
  end
end
call('SET', KEYS[2], 'H' .. int(now + ttl) .. rates .. '|' .. owner, 'PX', int(ttl + REMEMBER))
return answer
`;

/**
 * KEYS as for admit; ARGV id, `settle` or `release`, (kind, limit, amount, resets or period, actual)… Answers 1, or 0
 * where it was settled. A release leaves no record behind, and nothing where there was none.
 */
const settle = `
local record = call('GET', KEYS[2])
if record and string.sub(record, 1, 1) == 'S' then return 0 end
if ARGV[2] == 'release' and not record then return 1 end
local numbers, live
if record then
  numbers = string.gmatch(string.match(record, '^H([^|]*)'), '%d+')
  live = tonumber(numbers()) > now
end
for i = 1, (#ARGV - 2) / 5 do
  local kind, limit, amount = ARGV[5 * i - 2], tonumber(ARGV[5 * i - 1]), ARGV[5 * i]
  local extra, actual = ARGV[5 * i + 1], tonumber(ARGV[5 * i + 2])
  local hash, holds = KEYS[2 * i + 1], KEYS[2 * i + 2]
  if kind == 'r' then
    local b = loadBucket(hash, limit, tonumber(extra))
    local excess = actual
    if record then
      excess = actual - tonumber(amount)
      local used, credit, at = numbers(), tonumber(numbers()), numbers()
      if excess < 0 and live then
        if credit >= b.period then credit = 0 end
        giveBack(b, toBucket(used, credit, at, limit, extra), -excess)
      end
    end
    take(b, math.max(0, excess))
    saveBucket(hash, b)
  else
    if call('ZREM', holds, amount .. '|' .. ARGV[1]) == 1 and amount ~= '0' then
      if call('HINCRBY', hash, 'h', '-' .. amount) < 0 then call('HSET', hash, 'h', '0') end
    end
    if kind == 'b' and actual > 0 then
      local v = call('HMGET', hash, 's', 'x')
      call('HSET', hash, 's', int(math.min(MAX, tonumber(v[1] or 0) + actual)))
      keep(hash, holds, tonumber(v[2] or 0), lifetime(kind, extra, 0), false)
    end
  end
end
if ARGV[2] == 'release' then call('DEL', KEYS[2]) else call('SET', KEYS[2], 'S', 'PX', int(REMEMBER)) end
return 1
`;

/** KEYS as for admit; ARGV id, ttl, (kind, amount, resets)… Answers 1, or 0 where there is no hold any more. */
const extend = `
local record = call('GET', KEYS[2])
if not record then return 0 end
local expiry, rest = string.match(record, '^H(%d+)(.*)$')
if not expiry or tonumber(expiry) <= now then return 0 end
local ttl = tonumber(ARGV[2])
if now + ttl <= tonumber(expiry) then return 1 end
for i = 1, (#ARGV - 2) / 3 do
  local kind, hash, holds = ARGV[3 * i], KEYS[2 * i + 1], KEYS[2 * i + 2]
  local member = ARGV[3 * i + 1] .. '|' .. ARGV[1]
  if kind ~= 'r' and call('ZSCORE', holds, member) then
    call('ZADD', holds, int(now + ttl), member)
    keep(hash, holds, tonumber(call('HGET', hash, 'x') or 0), lifetime(kind, ARGV[3 * i + 2], ttl), false)
  end
end
call('SET', KEYS[2], 'H' .. int(now + ttl) .. rest, 'PX', int(ttl + REMEMBER))
return 1
`;

/** KEYS (hash, holds)… Answers 1 and the states, or -1 where more holds have expired than one script releases. */
const read = `
local answer = { 1 }
for i = 1, #KEYS / 2 do
  local v = call('HMGET', KEYS[2 * i - 1], 'u', 'c', 't', 'l', 'p')
  if v[1] then
    answer[2 * i] = toBucket(v[1], v[2], v[3], v[4], v[5]).used
    answer[2 * i + 1] = 0
  else
    answer[2 * i], answer[2 * i + 1] = load(KEYS[2 * i - 1], KEYS[2 * i])
    if more then return { -1 } end
  end
end
return answer
`;

/** KEYS holds; ARGV how many. Answers members and expiries in turn. */
const holds = `
return call('ZRANGEBYSCORE', KEYS[1], '(' .. int(now), '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[1])
`;

/** KEYS hash, holds; ARGV spent, resets, set or raise. */
const restore = `
local v = call('HMGET', KEYS[1], 's', 'x')
local spent = tonumber(ARGV[1])
if ARGV[3] == 'raise' then spent = math.max(spent, tonumber(v[1] or 0)) end
call('HSET', KEYS[1], 's', int(spent), 'o', '1')
keep(KEYS[1], KEYS[2], tonumber(v[2] or 0), lifetime('b', ARGV[2], 0), false)
return 1
`;

/** A Lua script and the SHA-1 by which Redis knows it. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export interface CounterScripts {
  readonly admit: Script;
  readonly settle: Script;
  readonly extend: Script;
  readonly read: Script;
  readonly holds: Script;
  readonly restore: Script;
}

/** Redis' own clock: the nodes' clocks may differ, this one is the same for all. */
const serverTimeLua = `(function()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end)()`;

/** @param nowLua an expression for the time, whole milliseconds since the epoch; tests pass one that they can move. */
export function counterScripts(nowLua = serverTimeLua): CounterScripts {
  const script = (body: string): Script => {
    const lua = `local now = ${nowLua}\n${counterLua}${bucketLua}${body}`;
    return { lua, sha: hash('sha1', lua, 'hex') };
  };
  return {
    admit: script(admit),
    settle: script(settle),
    extend: script(extend),
    read: script(read),
    holds: script(holds),
    restore: script(restore),
  };
}
