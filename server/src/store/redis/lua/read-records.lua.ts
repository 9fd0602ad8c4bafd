/**
 * One page of records by time, then id, along one index; filters what the index does not know. It looks at so many records
 * at most, so that nobody waits for it, and says after which to go on.
 */
export const READ_RECORDS = `#!lua flags=no-writes
-- KEYS[1]  the partition's head
-- ARGV     kind; index ('', status:<s>, agent:<id>, open or open:agent:<id>); after: at and id, or '' and '';
--          agent, status, open (1 or 0) or '' each; how many; how many to look at
-- Answers  { at and id to go on after, or '' and ''; { id, at, status, agent, open, data, seq }, … }
local base, kind, index = KEYS[1], ARGV[1], ARGV[2]
local afterAt, afterId = ARGV[3], ARGV[4]
local agent, status, open = ARGV[5], ARGV[6], ARGV[7]
local limit, budget = tonumber(ARGV[8]), tonumber(ARGV[9])
local key = base .. ':records:' .. kind .. (index == '' and '' or ':' .. index)

-- As the sorted set orders its members; the operators of Lua follow the locale.
local function follows(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

-- Where (at, id) would be followed from.
local offset = 0
if afterAt ~= '' then
  local earlier = redis.call('ZCOUNT', key, '-inf', '(' .. afterAt)
  local passed, more = 0, true
  while more do
    local same = redis.call('ZRANGEBYSCORE', key, afterAt, afterAt, 'LIMIT', passed, 100)
    for _, id in ipairs(same) do
      more = not follows(id, afterId)
      if not more then break end
      passed = passed + 1
    end
    more = more and #same == 100
  end
  offset = earlier + passed
end

local answer = { '', '' }
while true do
  local ids = redis.call('ZRANGE', key, offset, offset + math.min(budget, 100) - 1)
  if #ids == 0 then return answer end
  for _, id in ipairs(ids) do
    local found = redis.call('HMGET', base .. ':record:' .. kind .. ':' .. id, 'at', 'status', 'agent', 'open', 'data', 'seq')
    if (agent == '' or found[3] == agent) and (status == '' or found[2] == status) and (open == '' or found[4] == open) then
      answer[#answer + 1] = { id, unpack(found) }
      if #answer >= limit + 2 then return answer end
    end
    afterAt, afterId = found[1], id
  end
  offset = offset + #ids
  budget = budget - #ids
  if budget <= 0 then
    answer[1], answer[2] = afterAt, afterId
    return answer
  end
end
`
