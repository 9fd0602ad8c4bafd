import { STORE_CLOCK } from './store-clock.lua.ts'

/**
 * ST6, ST10: claims what is due, oldest first. A deadline is in 'due' by its time, or, while claimed, in 'claimed' by the end
 * of its lease; one whose lease has ended goes back first.
 */
export const CLAIM_DEADLINES = `#!lua
-- KEYS[1]  the partition's head
-- ARGV     estimate, replaced (storeClock); the most to claim; the lease, ms
-- Answers  { now, member, due at, member, due at, … }
local base = KEYS[1]
${STORE_CLOCK}
local floor = tonumber(redis.call('HGET', base, 'at') or 0)
local now = storeClock(tonumber(ARGV[1]), ARGV[2], floor)
local function digits(n) return string.format('%.0f', n) end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', base .. ':claimed', '-inf', digits(now), 'LIMIT', 0, 1000)) do
  local dueAt = redis.call('HGET', base .. ':claimed:due', member)
  redis.call('ZADD', base .. ':due', dueAt, member)
  redis.call('ZREM', base .. ':claimed', member)
  redis.call('HDEL', base .. ':claimed:due', member)
end

local due = redis.call('ZRANGEBYSCORE', base .. ':due', '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #due, 2 do
  redis.call('ZREM', base .. ':due', due[i])
  redis.call('HSET', base .. ':claimed:due', due[i], due[i + 1])
  redis.call('ZADD', base .. ':claimed', digits(now + tonumber(ARGV[4])), due[i])
end
-- What one node was told is due must not be in the future for the next.
if #due > 0 then redis.call('HSET', base, 'at', digits(now)) end
table.insert(due, 1, now)
return due
`
