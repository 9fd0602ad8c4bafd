import {
  type AgentView,
  type ApprovalView,
  type AutonomyView,
  type ControlView,
  type InstructionView,
  iso,
  isoIf,
  parentOf,
  type Stage,
  type TicketView,
} from '@holdpoint/shared'
import type {
  AgentDocument,
  Approval,
  Autonomy,
  Control,
  Instruction,
  Mark,
  Ticket,
} from './agent-document.ts'
import { pageView } from './page-view.ts'

/** An agent's view without what only the node that holds its socket knows. */
export type AgentFacts = Omit<AgentView, 'connected' | 'leaseRemainingMs' | 'progress'>

const stage = (mark: Mark): Stage => ({ at: iso(mark.at), ...(mark.by !== undefined && { by: mark.by }) })
const stageIf = (mark: Mark | undefined): Stage | undefined => mark && stage(mark)

/**
 * The last items that were shown: a decision shows its item in its record, the log and the answer, which then share its text as
 * well. Few, and not a WeakMap: V8's quick collections take what one holds for alive, so that each view would grow old with it.
 */
const shown: { readonly item: Approval; readonly view: ApprovalView }[] = []
const MOST_SHOWN = 8
let next = 0

/** Nobody writes to a view. */
export function approvalView(doc: AgentDocument, item: Approval): ApprovalView {
  const known = shown.find((one) => one.item === item)?.view
  if (known?.agent === doc.id && known.owner === doc.identity.owner) return known
  const view = viewOf(doc, item)
  shown[next] = { item, view }
  next = (next + 1) % MOST_SHOWN
  return view
}

/*
 * The fields of what is logged stand in the order of RFC 8785, and those within them as well: what JSON.stringify writes is their
 * canonical text then (canonical-text.ts), which takes a quarter of the time.
 */

function viewOf(doc: AgentDocument, item: Approval): ApprovalView {
  return {
    action: item.action,
    agent: doc.id,
    askedDigest: item.askedDigest,
    autonomy: item.autonomy,
    begunBefore: item.begunBefore && begunBeforeView(item.begunBefore),
    blocking: item.blocking,
    class: item.class,
    confidence: item.confidence,
    contextDigest: item.contextDigest,
    decidedBy: item.decided?.by,
    digest: item.digest,
    error: item.error,
    expiresAt: isoIf(item.expiresAt),
    factor: item.factor || undefined,
    held: item.held,
    id: item.id,
    level: item.level,
    needs: neededView(item),
    note: item.note,
    objections: objectionsView(item),
    outcome: item.outcome,
    override: item.override,
    owner: doc.identity.owner,
    page: item.page && pageView(item.page),
    policyVersion: item.policyVersion,
    reason: item.reason,
    remainingMs: undefined,
    response: item.response,
    revision: item.revision,
    risk: item.risk,
    role: item.role,
    rules: item.rules,
    run: item.run,
    shadow: item.shadow,
    signatures: signaturesView(item),
    stages: {
      begun: stageIf(item.begun),
      decided: stageIf(item.decided),
      delivered: stageIf(item.delivered),
      lapsed: stageIf(item.lapsed),
      queued: stage(item.queued),
      reported: stageIf(item.reported),
      revoked: stageIf(item.revoked),
      seen: stageIf(item.seen),
    },
    standing: item.standing,
    status: item.status,
    summary: item.summary,
    trust: item.trust,
    useBy: isoIf(item.useBy),
  }
}

const begunBeforeView = ({ at, ended, id }: NonNullable<Approval['begunBefore']>) => ({
  at: iso(at),
  ended: ended && { at: iso(ended.at), by: ended.by, outcome: ended.outcome, ticket: ended.ticket },
  id,
})

/** AP5: only where it takes more than one. */
function neededView({ needs: asked, demanded }: Approval): ApprovalView['needs'] {
  const needs = demanded ?? asked
  return needs && needs.approvals + needs.denials > 2 ? needs : undefined
}

/** AP5: only where somebody has signed. */
const signaturesView = ({ signatures = [] }: Approval): ApprovalView['signatures'] =>
  signatures.length > 0
    ? signatures.map(({ person, at, factor }) => ({
        at: iso(at),
        by: person,
        ...(factor && { factor: 'totp' as const }),
      }))
    : undefined

const objectionsView = ({ objections = [] }: Approval): ApprovalView['objections'] =>
  objections.length > 0
    ? objections.map(({ person, at, reason }) => ({ at: iso(at), by: person, reason }))
    : undefined

export function ticketView(doc: AgentDocument, ticket: Ticket): TicketView {
  return {
    acknowledgedAt: isoIf(ticket.acknowledged?.at),
    action: ticket.action,
    agent: doc.id,
    answer: ticket.answer,
    approval: ticket.approval,
    approvals: ticket.approvals,
    assignee: ticket.assignee,
    blocking: ticket.blocking,
    choices: ticket.choices,
    closedAt: isoIf(ticket.closed?.at),
    closedBy: ticket.closed?.by,
    confidence: ticket.confidence,
    contextDigest: ticket.contextDigest,
    expiresAt: iso(ticket.expiresAt),
    id: ticket.id,
    kind: ticket.kind,
    openedAt: iso(ticket.opened.at),
    openedBy: ticket.opened.by === 'system' ? 'server' : 'agent',
    page: ticket.page && pageView(ticket.page),
    priority: ticket.priority,
    question: ticket.question,
    reason: ticket.reason,
    remainingMs: undefined,
    repeats: ticket.repeats,
    resolution: ticket.resolution,
    risk: ticket.risk,
    run: ticket.run,
    schema: ticket.schema,
    status: ticket.status,
  }
}

export function instructionView(
  doc: AgentDocument,
  instruction: Instruction,
  settled?: {
    readonly status: 'applied' | 'declined' | 'cancelled'
    readonly note?: string | undefined
    readonly at: number
  },
): InstructionView {
  return {
    id: instruction.id,
    agent: doc.id,
    text: instruction.text,
    data: instruction.data,
    by: instruction.queued.by ?? '',
    at: iso(instruction.queued.at),
    status: settled?.status ?? 'queued',
    note: settled?.note,
    settledAt: isoIf(settled?.at),
  }
}

export function autonomyView(autonomy: Autonomy): AutonomyView {
  return {
    cap: autonomy.cap,
    earned: autonomy.earned,
    escalations: autonomy.escalations,
    failures: autonomy.failures,
    failuresInRow: autonomy.failuresInRow,
    lastFailureAt: isoIf(autonomy.lastFailureAt),
    level: autonomy.level,
    pinned: autonomy.pinned,
    successes: autonomy.successes,
    trust: autonomy.trust,
  }
}

function controlView(control: Control): ControlView {
  return {
    acknowledged: stageIf(control.acknowledged),
    delivered: stageIf(control.delivered),
    enforced: stageIf(control.enforced),
    enforcedBy: iso(control.enforcedBy),
    requested: stage(control.requested),
    wanted: control.wanted,
  }
}

export function agentFacts(doc: AgentDocument): AgentFacts {
  return {
    acknowledged: doc.acknowledged && { ...doc.acknowledged, at: iso(doc.acknowledged.at) },
    autonomy: autonomyView(doc.autonomy),
    control: doc.control && controlView(doc.control),
    framework: doc.framework,
    id: doc.id,
    labels: doc.identity.labels,
    locked: doc.machine.context.locked,
    name: doc.name,
    open: {
      approvals: doc.approvals.filter((item) => item.status === 'pending').length,
      instructions: doc.instructions.length,
      tickets: doc.tickets.length,
    },
    orders: doc.heldBy.map((order) => order.id),
    owner: doc.identity.owner,
    parent: parentOf(doc.id),
    run: doc.run && {
      epoch: doc.run.epoch,
      id: doc.run.id,
      ...(doc.run.released && { left: true }),
      startedAt: iso(doc.run.startedAt),
    },
    seq: doc.seq,
    state: doc.machine.state,
    task: doc.run?.task,
  }
}
