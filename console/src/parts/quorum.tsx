import type { ApprovalView } from '@holdpoint/shared'
import { clockTime } from '../model/time.ts'
import { Text } from './text.tsx'

/** How many of those it takes have signed, and how many have denied it; nothing where one person decides (AP5). */
export function QuorumTag({
  view: { needs, signatures = [], objections = [] },
}: {
  readonly view: ApprovalView
}) {
  if (!needs) return null
  return (
    <span class="muted">
      {needs.approvals > 1 ? `${signatures.length} of ${needs.approvals} signed` : ''}
      {needs.approvals > 1 && objections.length > 0 ? ', ' : ''}
      {objections.length > 0 ? `${objections.length} of ${needs.denials} denied` : ''}
    </span>
  )
}

/** The same on the card: by whom, when, and in which words. */
export function QuorumFacts({
  view: { needs, signatures = [], objections = [] },
}: {
  readonly view: ApprovalView
}) {
  if (!needs) return null
  return (
    <>
      <dt>Signed</dt>
      <dd>
        {signatures.length} of {needs.approvals}
        {needs.policy === undefined ? null : (
          <>
            {' '}
            by policy <Text>{needs.policy}</Text>
          </>
        )}
        <span class="muted">{signatures.map(({ by, at }) => ` · ${by} at ${clockTime(at)}`).join('')}</span>
      </dd>
      {needs.denials > 1 || objections.length > 0 ? (
        <>
          <dt>Denied</dt>
          <dd>
            {objections.length} of {needs.denials}
            {objections.map(({ by, at, reason }) => (
              <span key={by} class="muted">
                {' '}
                · {by} at {clockTime(at)}: “<Text>{reason}</Text>”
              </span>
            ))}
          </dd>
        </>
      ) : null}
    </>
  )
}
