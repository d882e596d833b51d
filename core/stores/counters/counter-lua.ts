/**
 * How counters lie in Redis. One counter is a hash (budget and concurrency: s spent, h held, x when both keys are
 * forgotten, 0 for never, o 1 once a budget was restored from the ledger, 0 where it must be again; rate: see `bucket-lua.ts`) and a sorted set of
 * its holds: `amount|id` by expiry. So a dead hold is swept by whoever touches the counter next, without the record of
 * the hold. The record of a hold is a string: `H<expiry>[ used credit at]…|owner` while it lasts, a triple for each rate,
 * and `S` once settled. The mark says that this Redis holds our counters, and since when, in milliseconds since the
 * epoch: it is gone when Redis was flushed or came back empty, and another one after that.
 *
 * Numbers are printed with `%.0f`: Lua itself prints 10^14 as 1e+14, and servers differ in what they make of a number.
 */
export const counterLua = `
local call = redis.call
local GRACE, REMEMBER, MAX, SWEEP = 3600000, 600000, 9007199254740991, 64
local function int(n) return string.format('%.0f', n) end
local more = false
-- Numbers of the budgets that the ledger must be asked for first.
local unrestored = { -4 }

-- Spent, held and the lifetime of a budget or concurrency counter, expired holds released: SWEEP at most in a script.
-- \`number\` of a budget that the ledger knows, \`older\` where it may have been spent from before it was counted here.
local function load(hash, holds, number, older)
  local v = call('HMGET', hash, 's', 'h', 'x', 'o')
  local spent, held, x = tonumber(v[1] or 0), tonumber(v[2] or 0), tonumber(v[3] or 0)
  local lacks = v[4] == '0' or (older and not v[4])
  local dead = SWEEP > 0 and call('ZRANGEBYSCORE', holds, '-inf', int(now), 'LIMIT', 0, SWEEP) or {}
  -- Their owner died, perhaps between the ledger and here.
  if number and (lacks or #dead > 0) then unrestored[#unrestored + 1] = number end
  if SWEEP == 0 then more = true return spent, held, x end
  if #dead > 0 then
    for _, member in ipairs(dead) do held = held - tonumber(string.match(member, '^%d+')) end
    held = math.max(0, held)
    call('ZREM', holds, unpack(dead))
    call('HSET', hash, 'h', int(held), 'o', '0')
    SWEEP = SWEEP - #dead
    if SWEEP == 0 then more = true end
  end
  return spent, held, x
end

-- When a counter may be forgotten: not before its window, nor the hold that was just made, has ended. 0 for never.
local function lifetime(kind, resets, ttl)
  if kind == 'b' and resets == '' then return 0 end
  return math.max(kind == 'b' and tonumber(resets) or 0, now + ttl) + GRACE
end

-- Both keys are forgotten at once: holds must not go before what they add up to. Rewritten only when half of the grace
-- is gone. \`fresh\`: the set of holds may just have been made.
local function keep(hash, holds, x, wanted, fresh)
  if wanted == 0 then
    if x > 0 then
      call('HSET', hash, 'x', '0')
      call('PERSIST', hash)
      call('PERSIST', holds)
    end
  elseif x < wanted - GRACE / 2 then
    call('HSET', hash, 'x', int(wanted))
    call('PEXPIREAT', hash, int(wanted))
    call('PEXPIREAT', holds, int(wanted))
  elseif fresh then
    call('PEXPIREAT', holds, int(x))
  end
end
`;
