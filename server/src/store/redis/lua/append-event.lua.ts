/**
 * One event at the end of a partition's feed, with its indexes. Lua text that the scripts share.
 *
 * The entry seq-0 of the feed's stream: e, the header from the time on (event-entry.ts); d, the data; l, the greatest event
 * time so far where this event's own is behind it (read-history.lua.ts searches by it).
 * The indexes are sorted sets of seqs: by agent, author and type in the feed's order, and by the agent's own push numbers.
 * They are gathered (gather.lua.ts), and written by whoever calls.
 */
export const APPEND_EVENT = `
local typesAdded = {}
-- head: { seq, latest, lag }, moved on. event: { header, data, type, agent, by, push }, where '' stands for none.
local function appendEvent(base, head, at, event)
  local seq = head.seq + 1
  local entry = { 'e', event.header, 'd', event.data }
  if at < head.latest then
    entry[5], entry[6] = 'l', string.format('%.0f', head.latest)
    head.lag = math.max(head.lag, head.latest - at)
  end
  redis.call('XADD', base .. ':feed', seq .. '-0', unpack(entry))
  put(base .. ':events:type:' .. event.type, seq, seq)
  if not typesAdded[event.type] then
    redis.call('SADD', base .. ':types', event.type)
    typesAdded[event.type] = true
  end
  if event.agent ~= '' then put(base .. ':events:agent:' .. event.agent, seq, seq) end
  if event.by ~= '' then put(base .. ':events:by:' .. event.by, seq, seq) end
  if event.push ~= '' then put(base .. ':events:push:' .. event.agent, seq, event.push) end
  head.seq = seq
  head.latest = math.max(head.latest, at)
end
`
