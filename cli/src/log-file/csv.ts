/** A log as a table: who released what, on which bytes, by which rules. For spreadsheets; what is checked are JSON lines. */
import { type ApprovalView, canonicalText, csvLine, type LoggedEvent } from '@holdpoint/shared'

const COLUMNS = [
  'seq',
  'at',
  'type',
  'agent',
  'by',
  'id',
  'action',
  'status',
  'level',
  'policy',
  'rules',
  'released_by',
  'factors',
  'reason',
  'digest',
  'arguments',
  'data',
  'hash',
] as const

/** Where the bytes stand beside the fact: when they were asked for, and when they were released or refused. */
const WITH_BYTES = /^(approval\.(requested|held|signed|approved|auto_approved|denied)|action\.refused)$/

export const CSV_HEAD = csvLine(COLUMNS)

/** `textOf`: the bytes of a digest, where they are known. `data` is the RFC 8785 text that the hash was taken over. */
export function csvRow(event: LoggedEvent, textOf: (digest: string) => string | undefined): string {
  const { seq, at, type, agent = '', by = '', data, hash } = event
  const approval = (data.approval ?? {}) as Partial<ApprovalView>
  const { action = data.action, digest = data.digest, reason = data.reason, signatures = [] } = approval
  const decidedBy = approval.decidedBy === undefined ? [] : [approval.decidedBy]
  const released = approval.status === 'approved' || approval.status === 'auto_approved'
  const signers = signatures.length > 0 ? signatures.map((one) => one.by ?? '') : released ? decidedBy : []
  return csvLine([
    String(seq),
    at,
    type,
    agent,
    by,
    idIn(data),
    text(action),
    text(approval.status),
    text(approval.level),
    text(approval.policyVersion),
    (approval.rules ?? []).join(' '),
    signers.join(' '),
    signatures.flatMap(({ factor }) => factor ?? []).join(' '),
    text(reason),
    text(digest),
    (WITH_BYTES.test(type) ? textOf(text(digest)) : undefined) ?? '',
    canonicalText(data),
    hash,
  ])
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Of the item that it is about. */
function idIn(data: LoggedEvent['data']): string {
  for (const holder of ['approval', 'ticket', 'instruction', 'order']) {
    const { id } = (data[holder] ?? {}) as { readonly id?: unknown }
    if (typeof id === 'string') return id
  }
  return ''
}
