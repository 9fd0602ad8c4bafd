import { APPEND_EVENT } from './append-event.lua.ts'
import { GATHER } from './gather.lua.ts'
import { SEAL_CHAIN } from './seal-chain.lua.ts'
import { STORE_CLOCK } from './store-clock.lua.ts'

/**
 * Commits the changes that one node's turn has for one partition, each on its own: refused before anything of it is written,
 * or written whole. A change is known by the attempt that its node made up: sent again after a broken connection, it finds
 * what it did the first time and does nothing.
 */
export const COMMIT = `#!lua
-- KEYS[1]  the partition's head; every other key is named after it, so that all share its hash tag
-- ARGV     estimate, replaced (storeClock); the node's store epoch; a seq that the node has seen;
--          hashes that the node has computed (takeSeal); how many changes; then for each change:
--          attempt; document (kind:id); expected version; the attempt that made it or ''; notAfter or ''; at;
--          1 and the document's text, or 0 and the patch of it that leads to this version (document-patch.ts);
--          command or ''; and where there is one: its answer's text, holder or '', ms to keep it where no holder;
--          n events: header, data, type, agent or '', by or '', push seq or ''
--          n deadlines to clear; n to set: member, due at
--          n blobs: digest, text
--          n records: kind, id, agent or '', status, open (1 or 0), at, data
--          n holders to close; n documents that it rests on: document (kind:id), version, the attempt that made it or ''
-- Answers  { 'lost', seq, epoch }: the feed is not the one that the node has seen; nothing is written
--          { 'epoch', seq, epoch }: another node has raised the store epoch; nothing is written
--          { 'done', seq, epoch, now, last seq whose hash is kept, outcomes } with, for each change,
--            { 'committed', version, last seq, first seq }
--            { 'earlier', version, last seq }: this attempt was committed by an earlier call
--            { 'repeated', answer }, { 'stale', document's fields }, { 'outdated' }, { 'too_late', now }
local base = KEYS[1]
local position = 0
local function take()
  position = position + 1
  return ARGV[position]
end
local function number() return tonumber(take()) end
local function list(read)
  local items = {}
  for i = 1, number() do items[i] = read() end
  return items
end
local function digits(n) return string.format('%.0f', n) end
${STORE_CLOCK}${GATHER}${APPEND_EVENT}${SEAL_CHAIN}
local function takeEvent()
  return { header = take(), data = take(), type = take(), agent = take(), by = take(), push = take() }
end
local function takeDeadline() return { member = take(), dueAt = take() } end
local function takeBlob() return { digest = take(), text = take() } end
local function takeRecord()
  return {
    kind = take(), id = take(), agent = take(), status = take(), open = take(), at = take(), data = take()
  }
end

local function takeRest() return { document = base .. ':doc:' .. take(), version = number(), attempt = take() } end

-- A Redis that lost its last writes gives their versions again, and each attempt is one node's alone.
local function isAt(version, attempt, standing)
  return tonumber(standing[1] or 0) == version and (attempt == '' or attempt == standing[2])
end

local function takeChange()
  local change = {
    attempt = take(), document = base .. ':doc:' .. take(), expected = number(), made = take(), notAfter = number(),
    at = number(), whole = take() == '1', text = take(), command = take()
  }
  if change.command ~= '' then
    change.answer, change.holder, change.keepMs = take(), take(), number()
  end
  change.events = list(takeEvent)
  change.clear, change.set = list(take), list(takeDeadline)
  change.blobs, change.records, change.close = list(takeBlob), list(takeRecord), list(take)
  change.rests = list(takeRest)
  return change
end

-- An answer is kept as 'expires at (0: while its holder is open) attempt version last-seq text'.
-- Those that the changes ask for are read at once, and those that they give are written at once.
local answers, given = {}, {}
local function readAnswers(commands)
  local unread = {}
  for _, command in ipairs(commands) do
    if answers[command] == nil then unread[#unread + 1] = command end
  end
  for from = 1, #unread, 1000 do
    local to = math.min(from + 999, #unread)
    local kept = redis.call('HMGET', base .. ':answers', unpack(unread, from, to))
    for i = from, to do answers[unread[i]] = kept[i - from + 1] end
  end
end
local function giveAnswer(command, text)
  answers[command], given[command] = text, text
end
local function writeAnswers()
  local fields = {}
  for command, text in pairs(given) do fields[#fields + 1], fields[#fields + 2] = command, text end
  callWith('HSET', base .. ':answers', fields)
end

local function readAnswer(command, now)
  local kept = answers[command]
  if not kept then return nil end
  local expiresAt, attempt, version, last, text = string.match(kept, '^(%d+) (%S+) (%d+) (%d+) (.*)$')
  expiresAt = tonumber(expiresAt)
  if expiresAt > 0 and expiresAt <= now then return nil end
  return { attempt = attempt, version = tonumber(version), last = tonumber(last), text = text }
end

local function keepAnswer(change, now, version, last)
  local expiresAt = change.holder == '' and now + change.keepMs or 0
  local before = answers[change.command]
  giveAnswer(change.command, table.concat({ digits(expiresAt), change.attempt, version, last, change.answer }, ' '))
  if expiresAt > 0 then
    put(base .. ':answers:expire', change.command, digits(expiresAt))
  else
    -- An expired answer that was not cleared away yet has left its time behind.
    if before then drop(base .. ':answers:expire', change.command) end
    redis.call('SADD', base .. ':holder:' .. change.holder, change.command)
  end
end

-- ST4: the answers of what has closed are kept a day more.
local function closeHolder(holder, now)
  local expiresAt = digits(now + 86400000)
  local of = base .. ':holder:' .. holder
  local commands = redis.call('SMEMBERS', of)
  readAnswers(commands)
  for _, command in ipairs(commands) do
    local kept = answers[command]
    if kept and string.sub(kept, 1, 2) == '0 ' then
      giveAnswer(command, expiresAt .. string.sub(kept, 2))
      put(base .. ':answers:expire', command, expiresAt)
    end
  end
  redis.call('DEL', of)
end

-- Deadlines that are set or cleared are claimed by nobody any more.
local unclaimed = {}
local function dropClaim(member) unclaimed[#unclaimed + 1] = member end
local function dropClaims()
  callWith('ZREM', base .. ':claimed', unclaimed)
  callWith('HDEL', base .. ':claimed:due', unclaimed)
end

-- The sorted sets that a record is found in (read-records.lua.ts).
local function recordIndexes(kind, status, agent, open)
  local of = base .. ':records:' .. kind
  local keys = { of .. ':status:' .. status }
  if agent ~= '' then keys[#keys + 1] = of .. ':agent:' .. agent end
  if open == '1' then
    keys[#keys + 1] = of .. ':open'
    if agent ~= '' then keys[#keys + 1] = of .. ':open:agent:' .. agent end
  end
  return keys
end

local function writeRecord(record, seq)
  local key = base .. ':record:' .. record.kind .. ':' .. record.id
  local before = redis.call('HMGET', key, 'at', 'status', 'agent', 'open')
  local at = before[1] or record.at
  local same = before[1] and before[2] == record.status and before[3] == record.agent and before[4] == record.open
  if not same then
    local new = {}
    for _, index in ipairs(recordIndexes(record.kind, record.status, record.agent, record.open)) do new[index] = true end
    if before[1] then
      for _, index in ipairs(recordIndexes(record.kind, before[2], before[3], before[4])) do
        if new[index] then new[index] = nil else drop(index, record.id) end
      end
    else
      put(base .. ':records:' .. record.kind, record.id, at)
    end
    for index in pairs(new) do put(index, record.id, at) end
  end
  redis.call('HSET', key, 'at', at, 'status', record.status, 'agent', record.agent, 'open', record.open,
    'data', record.data, 'seq', seq)
end

local function apply(change, head, now)
  local standing = redis.call('HMGET', change.document, 'version', 'attempt', 'last')
  local version = tonumber(standing[1] or 0)
  if standing[2] == change.attempt then return { 'earlier', version, tonumber(standing[3]) } end
  if change.command ~= '' then
    local kept = readAnswer(change.command, now)
    if kept then
      if kept.attempt == change.attempt then return { 'earlier', kept.version, kept.last } end
      return { 'repeated', kept.text }
    end
  end
  if not isAt(change.expected, change.made, standing) then
    return { 'stale', redis.call('HGETALL', change.document) }
  end
  for _, rest in ipairs(change.rests) do
    local read = redis.call('HMGET', rest.document, 'version', 'attempt')
    if not isAt(rest.version, rest.attempt, read) then return { 'outdated' } end
  end
  if change.notAfter and now >= change.notAfter then return { 'too_late', now } end

  -- Nothing refuses from here on: Lua has no rollback.
  local first = head.seq + 1
  for _, event in ipairs(change.events) do appendEvent(base, head, change.at, event) end
  -- The patches that led here are in the whole.
  if change.whole and version > 0 then redis.call('DEL', change.document) end
  redis.call('HSET', change.document, 'version', version + 1, change.whole and 'doc' or version + 1, change.text,
    'attempt', change.attempt, 'last', head.seq)
  if version == 0 then
    local kind, id = string.match(string.sub(change.document, #base + 6), '^([^:]+):(.*)$')
    put(base .. ':ids:' .. kind, id, 0)
  end
  for _, member in ipairs(change.clear) do
    drop(base .. ':due', member)
    dropClaim(member)
  end
  for _, deadline in ipairs(change.set) do
    put(base .. ':due', deadline.member, deadline.dueAt)
    dropClaim(deadline.member)
  end
  for _, blob in ipairs(change.blobs) do redis.call('SETNX', base .. ':blob:' .. blob.digest, blob.text) end
  for _, record in ipairs(change.records) do writeRecord(record, head.seq) end
  if change.command ~= '' then keepAnswer(change, now, version + 1, head.seq) end
  -- After keeping, so that a change may close the very holder that its answer belongs to.
  for _, holder in ipairs(change.close) do closeHolder(holder, now) end
  return { 'committed', version + 1, head.seq, first }
end

local estimate, replaced, epoch, seen = number(), take(), number(), number()
local seal = takeSeal(take)
local changes = list(takeChange)

local stored = redis.call('HMGET', base, 'seq', 'epoch', 'sealed', 'at', 'latest', 'lag', 'hash')
local function field(i) return tonumber(stored[i] or 0) end
local head = { seq = field(1), latest = field(5), lag = field(6) }
if field(2) > epoch then return { 'epoch', head.seq, field(2) } end
if head.seq < seen or contradicts(seal, field(3), stored[7] or '') then return { 'lost', head.seq, field(2) } end

local now = storeClock(estimate, replaced, field(4))
local before, written = head.seq, false
local outcomes = {}
local commands = {}
for _, change in ipairs(changes) do
  if change.command ~= '' then commands[#commands + 1] = change.command end
end
readAnswers(commands)
for i, change in ipairs(changes) do
  outcomes[i] = apply(change, head, now)
  written = written or outcomes[i][1] == 'committed'
end
local sealed = sealChain(base, field(3), before, seal)
if written then
  writeGathered()
  dropClaims()
  writeAnswers()
  redis.call('HSET', base, 'seq', head.seq, 'epoch', epoch, 'at', digits(now), 'latest', digits(head.latest),
    'lag', digits(head.lag))
  -- More than these changes can have added, so that expired answers never pile up; few, so that nobody waits for it.
  local expired = redis.call('ZRANGEBYSCORE', base .. ':answers:expire', '-inf', digits(now), 'LIMIT', 0, #changes * 4)
  if #expired > 0 then
    redis.call('HDEL', base .. ':answers', unpack(expired))
    redis.call('ZREM', base .. ':answers:expire', unpack(expired))
  end
end
return { 'done', head.seq, epoch, now, sealed, outcomes }
`
