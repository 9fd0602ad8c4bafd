/** ST11: notes up to where an archive holds the feed. Its caller has compared the hash. */
export const CONFIRM_ARCHIVED = `#!lua
-- KEYS[1]  the partition's head
-- ARGV     seq
-- Answers  up to where an archive holds it
local archived = math.max(tonumber(ARGV[1]), tonumber(redis.call('HGET', KEYS[1], 'archived') or 0))
redis.call('HSET', KEYS[1], 'archived', archived)
return archived
`
