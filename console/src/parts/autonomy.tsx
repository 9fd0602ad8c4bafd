import { type AutonomyView, type BudgetState, counted, type Resource } from '@holdpoint/shared'
import { policy } from '../state/live.ts'
import { Budgets } from './budgets.tsx'
import { Trust } from './trust.tsx'

interface Props {
  readonly autonomy: AutonomyView
  readonly budgets: Readonly<Record<Resource, BudgetState>> | undefined
}

/** What an agent may do by itself, by today's policy, and what it has used up of that (AU, PO4). */
export function Autonomy({ autonomy, budgets }: Props) {
  const level = policy.value?.autonomy[autonomy.level]
  return (
    <>
      <dl class="facts">
        <dt>Trust</dt>
        <dd class="trust-facts">
          <Trust trust={autonomy.trust} level={autonomy.level} />
          <span class="score">
            {counted(autonomy.successes, 'success', 'successes')}, {counted(autonomy.failures, 'failure')},{' '}
            {counted(autonomy.escalations, 'escalation')}
          </span>
        </dd>
        {level === undefined ? null : (
          <>
            <dt>Does alone</dt>
            <dd>
              <Classes all={level.alone} none="nothing" />
            </dd>
            <dt>Asks for</dt>
            <dd>
              <Classes all={level.needsApproval} none="nothing more than each action does" />
            </dd>
          </>
        )}
        {budgets === undefined ? null : (
          <>
            <dt>Budgets</dt>
            <dd>
              <Budgets budgets={budgets} />
            </dd>
          </>
        )}
        {autonomy.pinned === undefined ? null : (
          <>
            <dt>Pinned</dt>
            <dd>to {autonomy.pinned}, whatever its trust</dd>
          </>
        )}
        {autonomy.cap === undefined ? null : (
          <>
            <dt>Capped</dt>
            <dd>at {autonomy.cap}</dd>
          </>
        )}
      </dl>
      {autonomy.earned === undefined ? null : (
        <p class="why-not">It has earned {autonomy.earned}: an admin confirms it, or does not.</p>
      )}
    </>
  )
}

function Classes({ all, none }: { readonly all: readonly string[]; readonly none: string }) {
  if (all.length === 0) return <span class="muted">{none}</span>
  return (
    <>
      {all.map((one) => (
        <span key={one} class="rule">
          {one.replaceAll('_', ' ')}
        </span>
      ))}
    </>
  )
}
