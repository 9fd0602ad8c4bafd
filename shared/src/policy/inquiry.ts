import type { AutonomyLevel, Resource } from './words.ts'

/** What policy is asked about: one action by one agent, as it stands now. Plain data; scores in [0, 1]. */
export interface Inquiry {
  readonly action: string
  /** Undefined where they are not at hand: a rule that looks at them then fails, and so asks for a release. */
  readonly args?: unknown
  /** Asked before there are any arguments: a rule that looks at them asks no more than `required` of that. */
  readonly inAdvance?: true | undefined
  readonly agent: {
    readonly id: string
    readonly owner?: string | undefined
    readonly labels: Readonly<Record<string, string>>
  }
  /** The level in effect. */
  readonly autonomy: AutonomyLevel
  readonly trust: number
  /** As the agent says, where it says so. */
  readonly risk?: number | undefined
  readonly confidence?: number | undefined
  /** What is left of each resource in the window (PO4); undefined where budgets are not asked about. */
  readonly budgets?: Readonly<Record<Resource, BudgetState>> | undefined
  /** PO4: it took its share when it was asked for, and of what there was not enough then. It takes none again. */
  readonly reserved?: { readonly spent: readonly Resource[] } | undefined
  /** AP9: these very bytes were begun before, and nobody knows how that ended. */
  readonly begunBefore?: true | undefined
  /** Unit: ms since the epoch. */
  readonly at: number
}

/** PO4: one resource in the budget window. `limit` counts what releases have added. */
export interface BudgetState {
  readonly limit: number
  readonly used: number
}
