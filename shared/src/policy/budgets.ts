import type { Demand } from './combine.ts'
import type { Inquiry } from './inquiry.ts'
import { type Resource, resources } from './words.ts'

/** PO4: the resources of which what is asked for would take more than is left. */
export function spentBy(
  { budgets, reserved }: Inquiry,
  consumes: Readonly<Record<Resource, number>>,
): readonly Resource[] {
  if (reserved) return reserved.spent
  if (!budgets) return []
  return resources.filter((one) => {
    const { limit, used } = budgets[one]
    return consumes[one] > 0 && used + consumes[one] > limit
  })
}

/** A spent budget asks for `required`, as a floor: what is stricter stands as it is. */
export const budgetDemands = (spent: readonly Resource[]): readonly Demand[] =>
  spent.map((one) => ({ rule: `budget:${one}:spent`, floor: 'required' }))
