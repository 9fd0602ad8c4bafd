/** ST9: raises the store epoch, and never lowers it. */
export const RAISE_EPOCH = `#!lua
-- KEYS[1]  the store's own hash
-- ARGV     the epoch that must be reached
-- Answers  the epoch that stands
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)
if epoch < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
  return tonumber(ARGV[1])
end
return epoch
`
