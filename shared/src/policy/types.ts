import type { PersonRole } from '../roles.ts'

/** How much release an action needs (AP), least strict first. */
export const approvalLevels = ['none', 'notify', 'review', 'required', 'required_2fa', 'admin_only'] as const
export type ApprovalLevel = (typeof approvalLevels)[number]

/** What kind of act an action is, for autonomy (AU). */
export const actionClasses = [
  'read',
  'search',
  'analyze',
  'write',
  'execute',
  'external_api',
  'delete',
  'system_modify',
  'critical_system',
] as const
export type ActionClass = (typeof actionClasses)[number]

/** Autonomy levels, least trusted first (AU). */
export const autonomyLevels = ['restricted', 'supervised', 'standard', 'trusted', 'autonomous'] as const
export type AutonomyLevel = (typeof autonomyLevels)[number]

/** What releasing at one approval level takes. */
export interface LevelRule {
  /** The least role that may release; undefined where nobody needs to. */
  readonly role?: PersonRole
  /** A fresh second factor is part of the release. */
  readonly factor: boolean
  /** Unit: ms from the request. 0 where nothing waits. */
  readonly timeoutMs: number
}

/** What the catalogue says of one action (PO). */
export interface CatalogueEntry {
  readonly level: ApprovalLevel
  readonly class: ActionClass
}

/** What one autonomy level lets an agent do (AU). `*` stands for every class. */
export interface AutonomyRule {
  /** Trust from which this level is earned, in [0, 1]. */
  readonly fromTrust: number
  readonly needsApproval: readonly (ActionClass | '*')[]
  readonly alone: readonly (ActionClass | '*')[]
  readonly forbidden: readonly (ActionClass | '*')[]
  /** AU2: whether reaching this level takes an admin's confirmation. */
  readonly confirmPromotion: boolean
}

/** A whole policy: data, versioned, one active record per tenant (PO6). Durations in ms, scores in [0, 1]. */
export interface Policy {
  readonly version: string
  readonly levels: Readonly<Record<ApprovalLevel, LevelRule>>
  readonly catalogue: Readonly<Record<string, CatalogueEntry>>
  /** AP1: what an action that nobody listed is. */
  readonly unlisted: CatalogueEntry
  readonly autonomy: Readonly<Record<AutonomyLevel, AutonomyRule>>
  readonly trust: {
    readonly initial: number
    readonly success: number
    readonly failure: number
    readonly escalation: number
  }
  readonly escalation: {
    /** ES1: a ticket opens below this confidence, above this risk, from this many failures in a row. */
    readonly confidenceBelow: number
    readonly riskAbove: number
    readonly failuresInRow: number
    /** Reasons that always open a ticket, whatever the scores. */
    readonly always: readonly string[]
    /** Reason → priority, 1 highest; what is not listed has `otherPriority`. */
    readonly priorities: Readonly<Record<string, number>>
    readonly otherPriority: number
    readonly ticketTimeoutMs: number
    readonly questionTimeoutMs: number
  }
  readonly lease: { readonly defaultMs: number; readonly maxMs: number }
  /** AP8: how long a denial is remembered, ms, and how many in a row open a ticket. */
  readonly denials: { readonly rememberMs: number; readonly inRow: number }
  /** AP9: how long a release may be used, at most `maxUseByMs`. */
  readonly release: { readonly useByMs: number; readonly maxUseByMs: number }
  readonly caps: {
    /** AP14. */
    readonly openItems: number
    readonly instructions: number
    /** Actions begun and not yet reported; a client that never reports is told to. */
    readonly unreported: number
    readonly orders: number
    /** Agents below one token's subject. */
    readonly children: number
  }
}
