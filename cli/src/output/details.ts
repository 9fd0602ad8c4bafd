import { type ApprovalDetail, type ApprovalView, digestOf } from '@holdpoint/shared'
import { visible } from './visible.ts'

/** In place of, or beside, bytes that are not what a decision would name (AP9). */
export const OTHER_BYTES = 'THE BYTES HAVE ANOTHER DIGEST: do not release this'

/** Whether the digest, computed again from the bytes, is the one that a decision would name (AP9). */
export const digestHolds = ({ canonical, digest }: Pick<ApprovalDetail, 'canonical' | 'digest'>): boolean =>
  digestOf(canonical) === digest

/** The arguments out of the canonical bytes of `{ action, args }`. */
const argsOf = (canonical: string): unknown => (JSON.parse(canonical) as { args?: unknown }).args

/** The arguments on one line, nothing left out. */
export const argsOnOneLine = (canonical: string): string => visible(JSON.stringify(argsOf(canonical)) ?? '')

/** More than any line has room for; the rest is not even made visible, which takes its time. Unit: UTF-16 code units. */
const BEGINNING = 4_096

/** As much of them as a list may have room for, with an ellipsis where that is not all. */
export function argsBeginning(canonical: string): string {
  const text = JSON.stringify(argsOf(canonical)) ?? ''
  // half a letter would be named as one that the agent wrote
  return text.length <= BEGINNING
    ? visible(text)
    : `${visible(text.slice(0, BEGINNING).replace(/[\uD800-\uDBFF]$/, ''))}…`
}

/** The arguments over several lines, nothing left out (AP10). */
export const argsLines = (canonical: string): readonly string[] => jsonLines(argsOf(canonical))

/** JSON over several lines; characters that would steer the terminal are named. */
export const jsonLines = (value: unknown): readonly string[] =>
  (JSON.stringify(value, null, 2) ?? 'undefined').split('\n').map(visible)

/** Everything a person decides on, line by line. What the agent wrote is labelled as its words. */
export function approvalLines(detail: ApprovalDetail): readonly string[] {
  const { askedCanonical, context, summary, confidence, risk, owner } = detail
  const scores = [
    confidence === undefined ? '' : `confidence ${confidence}`,
    risk === undefined ? '' : `risk ${risk}`,
  ].filter(Boolean)
  return [
    `Approval   ${detail.id}, revision ${detail.revision}`,
    `Status     ${statusOf(detail)}`,
    `Agent      ${visible(detail.agent)}${owner ? `, owned by ${visible(owner)}` : ''}, trust ${detail.trust.toFixed(2)} (${detail.autonomy})`,
    `Action     ${visible(detail.action)} (${detail.class})`,
    `Level      ${detail.level}, because of ${detail.rules.map(visible).join(', ')}`,
    `Policy     ${visible(detail.policyVersion)}`,
    ...signedLines(detail),
    ...begunBeforeLines(detail),
    ...(detail.expiresAt ? [`Expires    ${detail.expiresAt}`] : []),
    ...(detail.useBy ? [`Use by     ${detail.useBy}`] : []),
    ...(summary === undefined ? [] : [`The agent's words: “${visible(summary)}”`]),
    ...(scores.length === 0 ? [] : [`The agent's scores: ${scores.join(', ')}`]),
    ...outcomeLines(detail),
    'Arguments, whole:',
    ...indented(argsLines(detail.canonical)),
    `Digest     ${detail.digest}`,
    digestHolds(detail) ? '           computed again from the bytes: the same' : `           ${OTHER_BYTES}`,
    ...(askedCanonical === undefined
      ? []
      : ['As first asked for:', ...indented(argsLines(askedCanonical)), `Digest     ${detail.askedDigest}`]),
    ...(context === undefined ? [] : [`The agent's context:`, ...indented(jsonLines(JSON.parse(context)))]),
  ]
}

/** AP9: what nobody knows of the same bytes, or what has come out of it. */
const begunBeforeLines = ({ begunBefore }: ApprovalView): readonly string[] =>
  begunBefore === undefined
    ? []
    : begunBefore.ended
      ? endedLines(begunBefore.ended, begunBefore)
      : [
          begunBefore.id === undefined
            ? `MAY HAVE RUN ALREADY: more actions of this agent ended as unknown, from ${begunBefore.at} on, than are remembered.`
            : `MAY HAVE RUN ALREADY: the same bytes were begun ${begunBefore.at}, and nobody knows how that ended.`,
          `           Find out before you release them once more${begunBefore.id === undefined ? '.' : ` (holdpoint show ${begunBefore.id}).`}`,
        ]

type Before = NonNullable<ApprovalView['begunBefore']>

function endedLines(
  { at, by, outcome, ticket }: NonNullable<Before['ended']>,
  { at: begunAt, id }: Before,
): readonly string[] {
  const begun = id === undefined ? `from ${begunAt} on` : `${begunAt} (holdpoint show ${id})`
  if (outcome === undefined)
    return [
      `BEGUN BEFORE: ${begun}; ${visible(by ?? 'somebody')} found out what became of it, and said so ${at}${
        ticket === undefined ? '' : ` (holdpoint show ${ticket})`
      }.`,
      '           Read that before you release it: it runs once more then.',
    ]
  return [
    `${outcome === 'success' ? 'HAS RUN ALREADY' : 'FAILED BEFORE'}: the same bytes were begun ${begun}, and reported as a ${outcome} ${at}.`,
    '           Release it, and they run once more.',
  ]
}

/** AP5: who has released it, and denied it, where one person alone does not decide. */
function signedLines({ needs, signatures = [], objections = [] }: ApprovalView): readonly string[] {
  const names = signatures.map(({ by = '', factor }) => `${visible(by)}${factor ? ' (second factor)' : ''}`)
  return [
    ...(needs || names.length > 0
      ? [
          `Signed     ${names.length} of ${neededText(needs)}${names.length > 0 ? `: ${names.join(', ')}` : ''}`,
        ]
      : []),
    ...(needs && objections.length > 0 ? [`Denied     ${objections.length} of ${needs.denials}`] : []),
    ...(needs
      ? objections.map(({ by = '', reason }) => `           ${visible(by)}: ${visible(reason)}`)
      : []),
  ]
}

/** How many persons it takes, and which policy says so where it came later. */
export const neededText = (needs: ApprovalView['needs']): string =>
  `${needs?.approvals ?? 1}${needs?.policy === undefined ? '' : ` (policy ${visible(needs.policy)})`}`

/** `required 1/2`: how many of the persons that it takes have released it. */
export const levelText = ({ level, needs, signatures = [] }: ApprovalView): string =>
  needs && needs.approvals > 1 ? `${level} ${signatures.length}/${needs.approvals}` : level

/** Each who signed, or who decided otherwise; `-` where that was nobody. */
export function decidersOf({ decidedBy, signatures = [], status }: ApprovalView): string {
  const by = status === 'approved' && signatures.length > 0 ? signatures.map((one) => one.by) : [decidedBy]
  return by.map((one) => visible(one ?? '-')).join(', ')
}

/** What became of a release: released is not done. `-` where there was none. */
export function cameOf({ status, outcome, stages }: ApprovalView): string {
  if (status !== 'approved' && status !== 'auto_approved') return '-'
  if (stages.revoked) return 'taken back'
  if (stages.lapsed) return 'lapsed, never begun'
  if (stages.reported) return outcome ?? 'reported'
  return stages.begun ? 'begun' : 'not begun yet'
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)

function statusOf({ status, held, decidedBy }: ApprovalDetail): string {
  const by = decidedBy ? ` by ${visible(decidedBy)}` : ''
  return `${status}${by}${held ? ' (held: the agent is paused, policy decides anew on resume)' : ''}`
}

function outcomeLines({ reason, response, note, outcome, error, stages }: ApprovalDetail): readonly string[] {
  const stage = (name: keyof typeof stages) => {
    const at = stages[name]
    return at ? [`${name} ${at.at}${at.by ? ` by ${visible(at.by)}` : ''}`] : []
  }
  const order = ['queued', 'delivered', 'seen', 'decided', 'begun', 'reported', 'lapsed'] as const
  return [
    ...(reason === undefined ? [] : [`Reason     ${visible(reason)}`]),
    ...(response === undefined ? [] : [`Response   ${visible(response)}`]),
    ...(note === undefined ? [] : [`Note       ${visible(note)}`]),
    ...(outcome === undefined ? [] : [`Outcome    ${outcome}${error ? `: ${visible(error)}` : ''}`]),
    ...order.flatMap(stage).map((line, at) => `${at === 0 ? 'Stages     ' : '           '}${line}`),
  ]
}
