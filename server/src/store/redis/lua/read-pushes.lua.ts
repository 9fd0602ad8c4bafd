import { READ_EVENT } from './read-event.lua.ts'

/** One agent's events by the numbers that its socket knows. */
export const READ_PUSHES = `#!lua flags=no-writes
-- KEYS[1]  the partition's head
-- ARGV     agent; after which push; how many
-- Answers  events (readEvent)
local base = KEYS[1]
${READ_EVENT}
local seqs = redis.call('ZRANGEBYSCORE', base .. ':events:push:' .. ARGV[1], '(' .. ARGV[2], '+inf', 'LIMIT', 0, ARGV[3])
local events = {}
for _, seq in ipairs(seqs) do events[#events + 1] = readEvent(base, seq) end
return events
`
