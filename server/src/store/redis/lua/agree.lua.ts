/** Puts one thing in the place of what stands, where that is still what the node that asks has seen. */
export const AGREE = `#!lua
-- KEYS[1]  the store's own hash
-- ARGV     field, what was seen to stand there ('' for nothing), what is to stand
-- Answers  what stands
local standing = redis.call('HGET', KEYS[1], ARGV[1])
if standing and standing ~= ARGV[2] then return standing end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return ARGV[3]
`
