import { z } from 'zod'
import { policySchema } from './schema.ts'

type Json = Readonly<Record<string, unknown>>

/** A JSON Schema of a policy file, for editors: everything may be left out but what makes a rule a rule. */
export function policyJsonSchema(): Json {
  const whole = z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' }) as Json
  return {
    ...(loosened(whole) as Json),
    title: 'Holdpoint policy',
    description: 'What it leaves out is as the built-in policy says.',
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a file is laid over has every field already; the items of lists are not laid over anything. */
function loosened(node: unknown, inList = false): unknown {
  if (Array.isArray(node)) return node.map((one) => loosened(one, inList))
  if (!isObject(node)) return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => inList || key !== 'required' || !Array.isArray(value))
      .map(([key, value]) => [key, loosened(value, inList || key === 'items')]),
  )
}
