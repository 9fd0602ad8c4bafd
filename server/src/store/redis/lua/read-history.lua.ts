import { READ_EVENT } from './read-event.lua.ts'

/**
 * One page of a partition's history, newest first, along one index; filters what the index does not know. It looks at so
 * many events at most, so that nobody waits for it, and says from where to go on.
 */
export const READ_HISTORY = `#!lua flags=no-writes
-- KEYS[1]  the partition's head
-- ARGV     index (agent:<id>, by:<id>, type:<type>, or '' for every event); before which seq, or '';
--          from, to (ms) or ''; agent, by, type or family ('approval.') or '' each; 1 where it is a family;
--          how many; how many to look at
-- Answers  { before which seq to go on, 0 at the end; event (readEvent), … }
local base = KEYS[1]
local index, before, from, to = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local agent, by, type, family = ARGV[5], ARGV[6], ARGV[7], ARGV[8] == '1'
local limit, budget = tonumber(ARGV[9]), tonumber(ARGV[10])
${READ_EVENT}
local stored = redis.call('HMGET', base, 'seq', 'trimmed', 'lag')
local function field(i) return tonumber(stored[i] or 0) end
local head, trimmed, lag = field(1), field(2), field(3)

-- The greatest event time up to an event: it never decreases along the feed, so that halving finds a time in it.
local function latestAt(seq)
  local id = string.format('%.0f-0', seq)
  local entry = redis.call('XRANGE', base .. ':feed', id, id)[1]
  if not entry then return 0 end
  return tonumber(entry[2][6] or string.match(entry[2][2], '^[^,]+'))
end
local function firstSeqReaching(at)
  local low, high = trimmed + 1, head + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if latestAt(middle) < at then low = middle + 1 else high = middle end
  end
  return low
end

local first, last = trimmed + 1, head
if before then last = math.min(last, before - 1) end
if from then first = math.max(first, firstSeqReaching(from)) end
-- No event's time is more than 'lag' behind the greatest before it.
if to then last = math.min(last, firstSeqReaching(to + lag) - 1) end

local function wanted(event)
  local header = cjson.decode('[' .. event[2] .. ']')
  if from and header[1] < from then return false end
  if to and header[1] >= to then return false end
  if agent ~= '' and header[3] ~= agent then return false end
  if by ~= '' and header[4] ~= by then return false end
  if type == '' then return true end
  if family then return string.sub(header[2], 1, #type) == type end
  return header[2] == type
end

local function newest(below, count)
  local seqs = {}
  if index == '' then
    for seq = below, math.max(first, below - count + 1), -1 do seqs[#seqs + 1] = seq end
    return seqs
  end
  return redis.call('ZREVRANGEBYSCORE', base .. ':events:' .. index, below, first, 'LIMIT', 0, count)
end

local answer = { 0 }
while last >= first do
  local seqs = newest(last, math.min(budget, 100))
  if #seqs == 0 then break end
  for _, seq in ipairs(seqs) do
    local event = readEvent(base, seq)
    if event and wanted(event) then answer[#answer + 1] = event end
    last = tonumber(seq) - 1
    if #answer > limit then return answer end
  end
  budget = budget - #seqs
  if budget <= 0 then
    if last >= first then answer[1] = last + 1 end
    return answer
  end
end
return answer
`
