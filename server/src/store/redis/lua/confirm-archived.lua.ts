/** ST11: notes up to where an archive holds the feed. Its caller has compared the hash. */
export const CONFIRM_ARCHIVED = `#!lua flags=allow-oom
-- What is confirmed can be trimmed, which a Redis that is full needs.
-- KEYS[1]  the partition's head
-- ARGV     seq
-- Answers  up to where an archive holds it
local archived = math.max(tonumber(ARGV[1]), tonumber(redis.call('HGET', KEYS[1], 'archived') or 0))
redis.call('HSET', KEYS[1], 'archived', archived)
return archived
`
