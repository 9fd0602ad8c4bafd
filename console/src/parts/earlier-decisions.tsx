import type { ApprovalView } from '@holdpoint/shared'
import { useEffect, useState } from 'preact/hooks'
import { approvalOutcome, type Outcome } from '../model/outcomes.ts'
import { session } from '../state/session.ts'

const LOOKED_BACK = 200

/** How this agent's earlier requests of the same action ended, as far back as one page of its history goes. */
export function EarlierDecisions({ view: { id, agent, action } }: { readonly view: ApprovalView }) {
  const [ended, setEnded] = useState<readonly Outcome[] | undefined>()
  useEffect(() => {
    let wanted = true
    setEnded(undefined)
    session
      .peek()
      ?.client.history({ agent, type: 'approval.*', limit: LOOKED_BACK })
      .then(
        ({ events }) => {
          if (wanted)
            setEnded(
              outcomesOf(
                events.map(({ data }) => data.approval as ApprovalView | undefined),
                id,
                action,
              ),
            )
        },
        () => {}, // a help, not a part of the decision
      )
    return () => {
      wanted = false
    }
  }, [id, agent, action])

  if (ended === undefined) return <span class="muted">…</span>
  if (ended.length === 0) return <span class="muted">nothing decided yet on {action} by this agent</span>
  const counts = new Map<string, number>()
  for (const { what } of ended) counts.set(what, (counts.get(what) ?? 0) + 1)
  return (
    <>
      {[...counts].map(([what, count]) => `${count} ${what}`).join(', ')}
      <span class="muted"> on {action} by this agent</span>
    </>
  )
}

function outcomesOf(
  views: readonly (ApprovalView | undefined)[],
  except: string,
  action: string,
): readonly Outcome[] {
  const byId = new Map<string, Outcome>()
  for (const view of views) {
    if (!view || view.id === except || view.action !== action || byId.has(view.id)) continue
    const outcome = approvalOutcome(view)
    if (outcome) byId.set(view.id, outcome)
  }
  return [...byId.values()]
}
