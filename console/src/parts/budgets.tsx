import { type BudgetState, type Resource, resources } from '@holdpoint/shared'

interface Props {
  readonly budgets: Readonly<Record<Resource, BudgetState>>
}

const NAMES: Readonly<Record<Resource, string>> = { apiCalls: 'calls', files: 'files' }
const NEARLY = 0.8

/** What an agent has used of each budget of its window, and of how much (PO4). */
export function Budgets({ budgets }: Props) {
  return (
    <span class="budgets">
      {resources.map((one) => {
        const { used, limit } = budgets[one]
        const part = limit === 0 ? 1 : Math.min(1, used / limit)
        const tone = used >= limit ? 'spent' : part >= NEARLY ? 'nearly' : ''
        return (
          <span
            key={one}
            class={`budget ${tone}`}
            title={`${NAMES[one]}: ${used} of ${limit} used; beyond it a person is asked`}
          >
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="track" width="100" height="4" rx="2" />
              {used > 0 ? <rect class="fill" width={Math.max(3, part * 100)} height="4" rx="2" /> : null}
            </svg>
            <span class="figures">
              {used}/{limit}
            </span>{' '}
            {NAMES[one]}
          </span>
        )
      })}
    </span>
  )
}
