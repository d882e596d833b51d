/**
 * The arithmetic of `bucket.ts` in Lua 5.1, whose numbers are the same doubles. A bucket is a table with `used`,
 * `credit`, `at`, `limit`, `period`, kept in the fields u, c, t, l, p of a hash. Needs `call`, `int`, `now`, `MAX`.
 */
export const bucketLua = `
local function drain(b)
  local elapsed = now - b.at
  b.at = now
  if elapsed <= 0 or b.used == 0 then return end
  local periods = math.floor(elapsed / b.period)
  if periods > 0 then
    if periods * b.limit >= b.used then b.used = 0 b.credit = 0 return end
    b.used = b.used - periods * b.limit
    elapsed = elapsed - periods * b.period
  end
  local whole = math.floor(b.limit / b.period)
  local parts = b.credit + elapsed * (b.limit - whole * b.period)
  local carry = math.floor(parts / b.period)
  b.used = b.used - elapsed * whole - carry
  b.credit = parts - carry * b.period
  if b.used <= 0 then b.used = 0 b.credit = 0 end
end

local function toBucket(u, c, t, l, p)
  local b = { used = tonumber(u), credit = tonumber(c), at = tonumber(t), limit = tonumber(l), period = tonumber(p) }
  drain(b)
  return b
end

local function loadBucket(hash, limit, period)
  local v = call('HMGET', hash, 'u', 'c', 't', 'l', 'p')
  if not v[1] then return { used = 0, credit = 0, at = now, limit = limit, period = period } end
  local b = toBucket(v[1], v[2], v[3], v[4], v[5])
  if b.period ~= period then b.credit = 0 end
  b.limit = limit
  b.period = period
  return b
end

local function take(b, amount)
  b.used = math.min(MAX, b.used + amount)
end

-- Forgotten a minute after all of it has refilled.
local function saveBucket(hash, b)
  call('HSET', hash, 'u', int(b.used), 'c', int(b.credit), 't', int(b.at), 'l', int(b.limit), 'p', int(b.period))
  local periods = b.limit > 0 and math.min(1000, math.floor(b.used / b.limit) + 1) or 1
  call('PEXPIRE', hash, int(periods * b.period + 60000))
end

-- Milliseconds until an amount that does not fit will; nil for never.
local function waitFor(b, amount)
  if amount > b.limit or b.limit == 0 then return nil end
  local missing = b.used - (b.limit - amount)
  local periods = math.floor((missing - 1) / b.limit)
  local rest = missing - periods * b.limit
  local whole = math.floor(b.limit / b.period)
  local part = b.limit - whole * b.period
  local function refilled(ms) return ms * whole + math.floor((b.credit + ms * part) / b.period) end
  local ms = math.max(0, math.ceil(rest * (b.period / b.limit) - b.credit / b.limit))
  while refilled(ms) < rest do ms = ms + 1 end
  while ms > 0 and refilled(ms - 1) >= rest do ms = ms - 1 end
  return math.min(MAX, periods * b.period + ms)
end

local function giveBack(b, taken, amount)
  if amount < taken.used or (amount == taken.used and taken.credit == 0) then
    b.used = b.used - amount
  else
    b.used = b.used - taken.used
    b.credit = b.credit - taken.credit
    if b.credit < 0 then b.credit = b.credit + b.period b.used = b.used + 1 end
  end
  if b.used <= 0 then b.used = 0 b.credit = 0 end
end
`;
