import { hash } from 'node:crypto';
import type { Script } from '../counters/scripts.ts';

// An entry is a hash with its value (v), meta (m), whether it is packed (z), and its scopes (s): the keys of generations
// and the values that these had when it was put, `KEY=VALUE KEY=VALUE`. A purge changes one generation, so that all
// entries with the former value are gone at once, however many there are. A generation that was evicted or expired is as
// good as changed: an entry is never found because Redis forgot a purge. A generation made by a purge begins with `p` and
// its time in microseconds, so that what was being worked on then is not put afterwards.

const nowLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
`;

/** KEYS entry. Answers nothing, or value, meta, packed. */
const get = `
local found = redis.call('HMGET', KEYS[1], 's', 'v', 'm', 'z')
if not found[1] then return false end
for scope, generation in string.gmatch(found[1], '(%S+)=(%S+)') do
  if redis.call('GET', scope) ~= generation then
    redis.call('UNLINK', KEYS[1])
    return false
  end
end
return { found[2], found[3], found[4] }
`;

/**
 * KEYS entry, scopes…; ARGV value, meta, packed, ttl, age in microseconds, a generation that nobody else makes.
 * Answers 1, or 0 where it was purged since work on it began.
 */
const put = `
${nowLua}
local ttl, age = tonumber(ARGV[4]), tonumber(ARGV[5])
local scopes = {}
for i = 2, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if generation then
    local purged = string.match(generation, '^p(%d+)')
    if purged and now - age < tonumber(purged) then
      redis.call('UNLINK', KEYS[1])
      return 0
    end
    if redis.call('PTTL', KEYS[i]) < ttl then redis.call('PEXPIRE', KEYS[i], ttl) end
  else
    generation = ARGV[6]
    redis.call('SET', KEYS[i], generation, 'PX', ttl)
  end
  scopes[i - 1] = KEYS[i] .. '=' .. generation
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'm', ARGV[2], 'z', ARGV[3], 's', table.concat(scopes, ' '))
redis.call('PEXPIRE', KEYS[1], ttl)
return 1
`;

/** KEYS scope; ARGV something nobody else makes, how long purges are remembered at least. */
const purge = `
${nowLua}
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], 'p' .. string.format('%.0f', now) .. '-' .. ARGV[1], 'PX', math.max(left, tonumber(ARGV[2])))
return 1
`;

/** KEYS entry. Answers whether it could still be found. */
const remove = `
local scopes = redis.call('HGET', KEYS[1], 's')
if not scopes then return 0 end
local live = 1
for scope, generation in string.gmatch(scopes, '(%S+)=(%S+)') do
  if redis.call('GET', scope) ~= generation then live = 0 end
end
redis.call('UNLINK', KEYS[1])
return live
`;

const script = (lua: string): Script => ({ lua, sha: hash('sha1', lua, 'hex') });

export const cacheScripts = {
  get: script(get),
  put: script(put),
  purge: script(purge),
  remove: script(remove),
};
