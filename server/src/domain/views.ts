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

/** By item: what shows it is made once for its record, the log and the answer, which then share its text as well. */
const shown = new WeakMap<Approval, ApprovalView>()

/** Nobody writes to a view. */
export function approvalView(doc: AgentDocument, item: Approval): ApprovalView {
  const known = shown.get(item)
  if (known?.agent === doc.id && known.owner === doc.identity.owner) return known
  const view = viewOf(doc, item)
  shown.set(item, view)
  return view
}

function viewOf(doc: AgentDocument, item: Approval): ApprovalView {
  return {
    id: item.id,
    agent: doc.id,
    run: item.run,
    action: item.action,
    class: item.class,
    digest: item.digest,
    askedDigest: item.askedDigest,
    contextDigest: item.contextDigest,
    revision: item.revision,
    status: item.status,
    held: item.held,
    blocking: item.blocking,
    level: item.level,
    role: item.role,
    ...(item.factor && { factor: true as const }),
    ...quorumView(item),
    rules: item.rules,
    policyVersion: item.policyVersion,
    shadow: item.shadow,
    summary: item.summary,
    confidence: item.confidence,
    risk: item.risk,
    owner: doc.identity.owner,
    trust: item.trust,
    autonomy: item.autonomy,
    expiresAt: isoIf(item.expiresAt),
    useBy: isoIf(item.useBy),
    decidedBy: item.decided?.by,
    reason: item.reason,
    response: item.response,
    note: item.note,
    override: item.override,
    standing: item.standing,
    outcome: item.outcome,
    error: item.error,
    page: item.page && pageView(item.page),
    stages: {
      queued: stage(item.queued),
      delivered: stageIf(item.delivered),
      seen: stageIf(item.seen),
      decided: stageIf(item.decided),
      begun: stageIf(item.begun),
      reported: stageIf(item.reported),
      lapsed: stageIf(item.lapsed),
      revoked: stageIf(item.revoked),
    },
  }
}

/** AP5: only where it takes more than one, or somebody has signed. */
function quorumView({ needs: asked, demanded, signatures = [], objections = [] }: Approval) {
  const needs = demanded ?? asked
  return {
    ...(needs && needs.approvals + needs.denials > 2 && { needs }),
    ...(signatures.length > 0 && {
      signatures: signatures.map(({ person, at, factor }) => ({
        by: person,
        at: iso(at),
        ...(factor && { factor: 'totp' as const }),
      })),
    }),
    ...(objections.length > 0 && {
      objections: objections.map(({ person, at, reason }) => ({ by: person, at: iso(at), reason })),
    }),
  }
}

export function ticketView(doc: AgentDocument, ticket: Ticket): TicketView {
  return {
    id: ticket.id,
    kind: ticket.kind,
    agent: doc.id,
    run: ticket.run,
    reason: ticket.reason,
    repeats: ticket.repeats,
    priority: ticket.priority,
    status: ticket.status,
    blocking: ticket.blocking,
    question: ticket.question,
    choices: ticket.choices,
    schema: ticket.schema,
    contextDigest: ticket.contextDigest,
    confidence: ticket.confidence,
    risk: ticket.risk,
    assignee: ticket.assignee,
    page: ticket.page && pageView(ticket.page),
    resolution: ticket.resolution,
    answer: ticket.answer,
    action: ticket.action,
    openedAt: iso(ticket.opened.at),
    acknowledgedAt: isoIf(ticket.acknowledged?.at),
    closedAt: isoIf(ticket.closed?.at),
    closedBy: ticket.closed?.by,
    expiresAt: iso(ticket.expiresAt),
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
    trust: autonomy.trust,
    level: autonomy.level,
    earned: autonomy.earned,
    pinned: autonomy.pinned,
    cap: autonomy.cap,
    successes: autonomy.successes,
    failures: autonomy.failures,
    escalations: autonomy.escalations,
    failuresInRow: autonomy.failuresInRow,
    lastFailureAt: isoIf(autonomy.lastFailureAt),
  }
}

function controlView(control: Control): ControlView {
  return {
    wanted: control.wanted,
    requested: stage(control.requested),
    delivered: stageIf(control.delivered),
    acknowledged: stageIf(control.acknowledged),
    enforced: stageIf(control.enforced),
    enforcedBy: iso(control.enforcedBy),
  }
}

export function agentFacts(doc: AgentDocument): AgentFacts {
  return {
    id: doc.id,
    owner: doc.identity.owner,
    parent: parentOf(doc.id),
    labels: doc.identity.labels,
    name: doc.name,
    framework: doc.framework,
    task: doc.run?.task,
    state: doc.machine.state,
    locked: doc.machine.context.locked,
    run: doc.run && {
      id: doc.run.id,
      epoch: doc.run.epoch,
      startedAt: iso(doc.run.startedAt),
      ...(doc.run.released && { left: true }),
    },
    acknowledged: doc.acknowledged && { ...doc.acknowledged, at: iso(doc.acknowledged.at) },
    control: doc.control && controlView(doc.control),
    orders: doc.heldBy.map((order) => order.id),
    open: {
      approvals: doc.approvals.filter((item) => item.status === 'pending').length,
      tickets: doc.tickets.length,
      instructions: doc.instructions.length,
    },
    autonomy: autonomyView(doc.autonomy),
    seq: doc.seq,
  }
}
