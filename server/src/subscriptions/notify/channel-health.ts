import type { Policy } from '@holdpoint/shared'
import type { TenantDocument } from '../../commands/tenant-document.ts'
import { type ChannelsDocument, configDigest, decideChannel, isNews } from '../../domain/channels-document.ts'
import type { Sent } from './message.ts'

export { standingOf } from '../../domain/channels-document.ts'

/** Which channels are failing or asked never to be told again. Written only where that changes. */
export interface ChannelHealth {
  current(tenant: string): Promise<ChannelsDocument>
  note(tenant: string, channel: string, config: Policy['channels'][string], sent: Sent): Promise<void>
}

export const createChannelHealth = (documents: TenantDocument<ChannelsDocument>): ChannelHealth => ({
  current: (tenant) => documents.current(tenant),
  async note(tenant, channel, config, sent) {
    const news = { channel, config: configDigest(config), sent }
    if (!isNews(await documents.current(tenant), news)) return
    await documents.submit(tenant, { decide: (doc, at) => decideChannel(doc, news, at) })
  },
})
