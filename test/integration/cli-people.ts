import { AgentClient } from '@holdpoint/client'
import type { ApprovalDetail } from '@holdpoint/shared'
import { commandLine } from '../harness/command-line.ts'
import type { Harness } from '../harness/control-plane.ts'

export type Approvals = { approvals: ApprovalDetail[] }

export type Failure = { error: { code: string; message: string; key?: string }; exitCode: number }

export const startAgent = async (plane: Harness, subject = 'bot') => {
  const token = await plane.token({ subject, labels: { team: 'docs' } })
  const agent = new AgentClient({ url: plane.url, token })
  await agent.start()
  return agent
}

export const person = async (plane: Harness, role: 'viewer' | 'operator' | 'approver' | 'admin' = 'admin') =>
  commandLine({ url: plane.url, token: await plane.token({ subject: 'ana', role }) })

export const remove = (agent: AgentClient, path: string) =>
  agent.request('delete_data', { path }, { summary: `${path} is stale`, risk: 0.4 })

export const UNKNOWN = '0198c1f2-7a3b-7c4d-8e5f-0123456789ab'

export const short = (id: string) => id.slice(-8)
