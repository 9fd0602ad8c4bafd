import type { OperatorClient } from '@holdpoint/client/operator'
import type { ReadBack } from './history.ts'

/** Where a console's live picture differs from what is found by reading it all, a sentence each. `standing`: orders. */
export function replicaTruth(
  name: string,
  client: OperatorClient,
  found: ReadBack,
  standing: readonly { readonly id: string }[] = [],
): readonly string[] {
  const { replica } = client
  const pending = [...found.approvals.values()].filter(({ status }) => status === 'pending')
  const open = [...found.tickets.values()].filter(
    ({ status }) => status === 'open' || status === 'acknowledged',
  )
  return [
    ...differing(`${name}'s pending approvals`, [...replica.approvals.keys()], pending),
    ...differing(`${name}'s open tickets`, [...replica.tickets.keys()], open),
    ...differing(`${name}'s standing orders`, [...replica.orders.keys()], standing),
  ]
}

function differing(
  what: string,
  shown: readonly string[],
  found: readonly { readonly id: string }[],
): readonly string[] {
  const ids = found.map(({ id }) => id)
  const wrong = shown.filter((id) => !ids.includes(id))
  const missing = ids.filter((id) => !shown.includes(id))
  return wrong.length + missing.length === 0
    ? []
    : [`${what}: ${wrong.join(', ') || 'none'} shown wrongly, ${missing.join(', ') || 'none'} missing.`]
}
