import { APPEND_EVENT } from './append-event.lua.ts'
import { GATHER } from './gather.lua.ts'
import { STORE_CLOCK } from './store-clock.lua.ts'

/**
 * ST9, PR4: writes into a feed that lost some of its history that it did, once for each store epoch, and shuts out whoever
 * goes on under an earlier epoch.
 */
export const NOTE_LOST_HISTORY = `#!lua
-- KEYS[1]  the partition's head
-- ARGV     estimate, replaced (storeClock); the new store epoch; the event's type, by, data;
--          the rest of its header, from the type on (event-entry.ts)
-- Answers  1, or 0 where another node has written it
local base, epoch = KEYS[1], tonumber(ARGV[3])
${STORE_CLOCK}${GATHER}${APPEND_EVENT}
local stored = redis.call('HMGET', base, 'seq', 'epoch', 'at', 'latest', 'lag')
local function field(i) return tonumber(stored[i] or 0) end
if field(2) >= epoch then return 0 end
local head = { seq = field(1), latest = field(4), lag = field(5) }
local now = storeClock(tonumber(ARGV[1]), ARGV[2], field(3))
local at = string.format('%.0f', now)
appendEvent(base, head, now, {
  header = at .. ',' .. ARGV[7], data = ARGV[6], type = ARGV[4], agent = '', by = ARGV[5], push = ''
})
writeGathered()
redis.call('HSET', base, 'seq', head.seq, 'epoch', epoch, 'at', at, 'latest', string.format('%.0f', head.latest),
  'lag', string.format('%.0f', head.lag))
return 1
`
