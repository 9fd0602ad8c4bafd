/** ST11: deletes a step of a partition's events, with their indexes, as far as an archive has confirmed them. */
export const TRIM = `#!lua flags=allow-oom
-- A Redis that is full gets room by it.
-- KEYS[1]  the partition's head
-- ARGV     the last seq to delete; the most to delete in this step
-- Answers  { the last seq that is gone, 1 where that is all that may go }
local base = KEYS[1]
local stored = redis.call('HMGET', base, 'archived', 'sealed', 'trimmed')
local trimmed = tonumber(stored[3] or 0)
-- The chain goes on from the last hash that is kept: what has none yet stays.
local last = math.min(tonumber(ARGV[1]), tonumber(stored[1] or 0), tonumber(stored[2] or 0))
if trimmed >= last then return { trimmed, 1 } end
local step = math.min(last, trimmed + tonumber(ARGV[2]))
for _, entry in ipairs(redis.call('XRANGE', base .. ':feed', '-', step .. '-0')) do
  local seq = string.match(entry[1], '^%d+')
  local fields = entry[2]
  -- at, type, agent, by, push seq, … (event-entry.ts)
  local header = cjson.decode('[' .. fields[2] .. ']')
  local function unindex(name, value)
    if value ~= cjson.null and value ~= nil then redis.call('ZREM', base .. ':events:' .. name .. ':' .. value, seq) end
  end
  unindex('type', header[2])
  unindex('agent', header[3])
  unindex('by', header[4])
  if header[5] ~= cjson.null then unindex('push', header[3]) end
end
local hash = redis.call('XRANGE', base .. ':chain', step .. '-0', step .. '-0')[1][2][2]
redis.call('XTRIM', base .. ':feed', 'MINID', (step + 1) .. '-0')
redis.call('XTRIM', base .. ':chain', 'MINID', (step + 1) .. '-0')
redis.call('HSET', base, 'trimmed', step, 'trimmedHash', hash)
return { step, step == last and 1 or 0 }
`
