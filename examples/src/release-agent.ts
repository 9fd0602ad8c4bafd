/**
 * A second agent, so that a console has two to show: it deploys services through HTTP calls that a person releases.
 * No model here either. The service it calls is a pretended one that it starts itself on this machine.
 *
 *   HOLDPOINT_URL=http://127.0.0.1:7411 HOLDPOINT_TOKEN=… node release-agent.js
 */
import { parseArgs } from 'node:util'
import { ActionFailure, AgentClient } from '@holdpoint/client'
import { pace, runAgent, setting } from './agent-process.ts'
import { startDeployServer } from './release/deploy-server.ts'

const { values } = parseArgs({
  options: {
    pace: { type: 'string', default: '500' },
    takeover: { type: 'boolean', default: false },
  },
})

const SERVICES = ['search', 'billing', 'web'] as const

interface Call {
  readonly method: string
  readonly url: string
  readonly body: Readonly<Record<string, unknown>>
}

const say = (line: string) => console.log(`release-agent ${line}`)
const server = await startDeployServer()
const agent = new AgentClient({
  url: setting('HOLDPOINT_URL'),
  token: setting('HOLDPOINT_TOKEN'),
  name: 'Release agent',
  task: 'Deploy version 2.4.0',
  takeover: values.takeover,
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void agent.close())

/** Calls nothing but its own service, whatever a person edited the address into. */
async function call({ method, url, body }: Call, signal: AbortSignal): Promise<unknown> {
  if (!URL.canParse(url) || new URL(url).origin !== server.origin)
    throw new ActionFailure(`${url} is not the deployment service.`, { severity: 0.2 })
  const response = await fetch(url, { method, body: JSON.stringify(body), signal, redirect: 'error' })
  if (!response.ok) throw new ActionFailure(`The service answered ${response.status}.`)
  return response.json()
}

async function deploy(service: string): Promise<boolean> {
  await pace(Number(values.pace), agent.signal)
  await agent.checkpoint()
  agent.progress({ step: `deploy ${service}` })
  say(`deploy ${service}`)
  const args: Call = {
    method: 'POST',
    url: `${server.origin}/deploys/${service}`,
    body: { version: '2.4.0', percent: 100 },
  }
  const result = await agent.run('api_call', args, (approved, { signal }) => call(approved, signal), {
    key: `${agent.held?.id}:deploy ${service}`,
    summary: `Roll ${service} out to everybody`,
    confidence: 0.8,
    risk: service === 'billing' ? 0.6 : 0.3,
  })
  say(result.status === 'done' ? `  ${JSON.stringify(result.value)}` : `  not deployed: ${result.reason}`)
  return result.status === 'done'
}

process.exitCode = await runAgent(agent, say, async () => {
  await agent.escalate(
    'uncertainty',
    { note: 'The error rate of billing doubled yesterday', recommendation: 'Deploy it last' },
    { confidence: 0.2, key: `${agent.held?.id}:doubt`, blocking: false },
  )
  let deployed = 0
  for (const service of SERVICES) deployed += Number(await deploy(service))
  const answer = await agent.ask('What shall I tell the team?', {
    schema: {
      type: 'object',
      properties: {
        announce: { type: 'boolean', title: 'Announce it' },
        words: { type: 'string', maxLength: 200 },
      },
      required: ['announce'],
    },
    key: `${agent.held?.id}:announce`,
  })
  if (answer.status === 'answered') say(`told: ${JSON.stringify(answer.answer)}`)
  return `Done: ${deployed} of ${SERVICES.length} services deployed.`
})
await server.close()
