import { STORE_CLOCK } from './store-clock.lua.ts'

/** When the next deadlines of a partition that may be claimed were due: says whose turn it is among several partitions. */
export const DUE_TIMES = `#!lua flags=no-writes
-- KEYS[1]  the partition's head
-- ARGV     estimate, replaced (storeClock); how many
-- Answers  times, ms, oldest first
local base = KEYS[1]
${STORE_CLOCK}
local now = string.format('%.0f', storeClock(tonumber(ARGV[1]), ARGV[2], tonumber(redis.call('HGET', base, 'at') or 0)))
local times = {}
local due = redis.call('ZRANGEBYSCORE', base .. ':due', '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 2, #due, 2 do times[#times + 1] = tonumber(due[i]) end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', base .. ':claimed', '-inf', now, 'LIMIT', 0, 1000)) do
  times[#times + 1] = tonumber(redis.call('HGET', base .. ':claimed:due', member))
end
table.sort(times)
local answer = {}
for i = 1, math.min(#times, tonumber(ARGV[3])) do answer[i] = times[i] end
return answer
`
