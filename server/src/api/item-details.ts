import type { ApprovalDetail, ApprovalView, TicketView } from '@holdpoint/shared'
import { storedBytes } from '../commands/stored-bytes.ts'
import type { Store, StoredRecord } from '../store/store.ts'
import { freshApproval, freshTicket } from './fresh-views.ts'

/** An approval's record as `approval.get` answers it: with the bytes that would run (AP9). */
export async function approvalDetail(store: Store, { tenant, data }: StoredRecord): Promise<ApprovalDetail> {
  const view = data as ApprovalView
  const [canonical, askedCanonical, context] = await Promise.all([
    storedBytes(store, tenant, view.digest),
    textOf(store, tenant, view.askedDigest),
    textOf(store, tenant, view.contextDigest),
  ])
  return {
    ...freshApproval(view, store.now()),
    canonical,
    ...(askedCanonical !== undefined && { askedCanonical }),
    ...(context !== undefined && { context }),
  }
}

/** A ticket's record as `ticket.get` answers it: with the agent's own account, where it gave one. */
export async function ticketDetail(store: Store, { tenant, data }: StoredRecord): Promise<TicketView> {
  const view = data as TicketView
  const context = await textOf(store, tenant, view.contextDigest)
  return { ...freshTicket(view, store.now()), ...(context !== undefined && { context }) }
}

const textOf = async (
  store: Store,
  tenant: string,
  digest: string | undefined,
): Promise<string | undefined> => (digest === undefined ? undefined : store.blob(tenant, digest))
