import type { AgentDetail } from '@holdpoint/client/operator'
import {
  type AgentView,
  type BudgetState,
  type InstructionView,
  isSettled,
  type OrderView,
  type Resource,
  resources,
} from '@holdpoint/shared'
import { agentStanding, controlStage, leaseText } from './agent-standing.ts'
import { autonomyText } from './autonomy.ts'
import { shortId } from './format.ts'
import { targetText } from './target.ts'
import { visible } from './visible.ts'

/** Everything about an agent, line by line, but what it waits for. What it said of itself is quoted. */
export function agentLines({ agent, budgets }: AgentDetail, orders: readonly OrderView[]): readonly string[] {
  const { acknowledged, owner, parent, run, autonomy, open } = agent
  const labels = Object.entries(agent.labels).map(([name, value]) => visible(`${name}=${value}`))
  const { successes, failures, escalations } = autonomy
  return [
    `Agent      ${visible(agent.id)}`,
    `State      ${agentStanding(agent)}${agent.locked ? ': nothing starts it before it is reinstated' : ''}`,
    ...controlLines(agent),
    ...(acknowledged ? [`Said       that it is ${acknowledged.state}, ${acknowledged.at}`] : []),
    ...agent.orders.map((id) => `Order      ${orderText(id, orders)}`),
    `Run        ${run ? `${run.id}, epoch ${run.epoch}, since ${run.startedAt}` : 'none'}`,
    `Lease      ${leaseText(agent)}`,
    ...(owner === undefined ? [] : [`Owner      ${visible(owner)}`]),
    ...(parent === undefined ? [] : [`Parent     ${visible(parent)}`]),
    ...(labels.length === 0 ? [] : [`Labels     ${labels.join(', ')}`]),
    ...ownWords(agent),
    `Autonomy   ${autonomyText(autonomy)}`,
    `Record     successes ${successes}, failures ${failures}, escalations ${escalations}`,
    `Budgets    ${resources.map((one) => budgetText(one, budgets[one])).join(', ')}`,
    `Open       approvals ${open.approvals}, tickets ${open.tickets}, instructions ${open.instructions}`,
  ]
}

/** How far a pause or stop got that it has not acknowledged yet. */
const controlLines = ({ control }: AgentView): readonly string[] =>
  control === undefined || (isSettled(control) && control.acknowledged)
    ? []
    : [
        `Wanted     ${control.wanted} since ${control.requested.at}${control.requested.by === undefined ? '' : `, by ${visible(control.requested.by)}`}: ${controlStage(control)}`,
      ]

/** An order that was made this very moment may not be known yet. */
function orderText(id: string, orders: readonly OrderView[]): string {
  const order = orders.find((one) => one.id === id)
  return order
    ? `${shortId(id)}: ${order.effect} of ${targetText(order.selector)}, by ${visible(order.by)}: “${visible(order.reason)}”`
    : shortId(id)
}

function ownWords({ name, framework, task, progress }: AgentView): readonly string[] {
  const words = [
    ['Name', name],
    ['Framework', framework],
    ['Task', task],
    ['Step', progress?.step],
    ['Message', progress?.message],
  ] as const
  return words.flatMap(([what, text]) =>
    text === undefined ? [] : [`${what.padEnd(10)} “${visible(text)}”`],
  )
}

const NAMES: Readonly<Record<Resource, string>> = { apiCalls: 'calls', files: 'files' }

const budgetText = (resource: Resource, { used, limit }: BudgetState): string =>
  `${NAMES[resource]} ${used} of ${limit}`

/** What it was told and has yet to answer, in the order in which it gets it. */
export const instructionLines = (all: readonly InstructionView[]): readonly string[] =>
  all.length === 0
    ? []
    : [
        '',
        'Instructions not answered yet',
        ...all.map(({ at, by, text }) => `${at}  by ${visible(by)}: “${visible(text)}”`),
      ]
