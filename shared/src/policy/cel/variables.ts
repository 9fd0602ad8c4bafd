import { Environment } from '@marcbachmann/cel-js'
import { parentOf } from '../../ids.ts'
import type { Inquiry } from '../inquiry.ts'
import type { ActionClass } from '../words.ts'
import { NoValue, types } from './values.ts'

const budget = { schema: { limit: 'int', used: 'int', left: 'int' } } as const

/** How deep and how large an expression may be; what is larger is several rules. */
const limits = {
  maxAstNodes: 1_000,
  maxDepth: 50,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 8,
}

/** What a rule may name, with its types: everything else is an error where it stands. */
export const ruleEnvironment = new Environment({
  unlistedVariablesAreDyn: false,
  homogeneousAggregateLiterals: false,
  limits,
})
  .registerVariable('action', 'string')
  .registerVariable('class', 'string')
  .registerVariable('args', 'dyn')
  .registerVariable('agent', {
    schema: { id: 'string', owner: 'string', parent: 'string', autonomy: 'string' },
  })
  .registerVariable('labels', 'map<string, string>')
  .registerVariable('trust', 'double')
  .registerVariable('risk', 'double')
  .registerVariable('confidence', 'double')
  .registerVariable('request', { schema: { risk: 'double', confidence: 'double' } })
  .registerVariable('budgets', { schema: { apiCalls: budget.schema, files: budget.schema } })
  .registerVariable('time', 'google.protobuf.Timestamp')

/** The variables of one inquiry, each looked up when a rule names it. The lookup throws NoValue for one without value. */
export function variablesOf(inquiry: Inquiry, kind: ActionClass): (name: string) => unknown {
  const { agent, risk, confidence } = inquiry
  const said = (value: number | undefined, what: string): number => {
    if (value === undefined) throw new NoValue(`the agent gave no ${what}`)
    return value
  }
  return (name) => {
    switch (name) {
      case 'action':
        return inquiry.action
      case 'class':
        return kind
      case 'args':
        if (inquiry.args === undefined) throw new NoValue('the arguments are not at hand')
        return inquiry.args
      case 'agent': {
        const { id, owner } = agent
        return { id, owner, parent: parentOf(id), autonomy: inquiry.autonomy }
      }
      case 'labels':
        return agent.labels
      case 'trust':
        return inquiry.trust
      case 'risk':
        return said(risk, 'risk')
      case 'confidence':
        return said(confidence, 'confidence')
      case 'request':
        return { risk, confidence }
      case 'budgets':
        return budgetsOf(inquiry)
      case 'time':
        return new Date(inquiry.at)
      default:
        if (Object.hasOwn(types, name)) return types[name as keyof typeof types]
        throw new NoValue(`there is no ${name}`)
    }
  }
}

function budgetsOf({ budgets }: Inquiry) {
  if (!budgets) throw new NoValue('the budgets are not at hand')
  return Object.fromEntries(
    Object.entries(budgets).map(([resource, { limit, used }]) => [
      resource,
      { limit: BigInt(limit), used: BigInt(used), left: BigInt(Math.max(0, limit - used)) },
    ]),
  )
}
