import type { OperatorClient } from '@holdpoint/client/operator'

/** The keyhole through which the terminal console sees the control plane. */
export type ConsoleClient = Pick<
  OperatorClient,
  | 'replica'
  | 'connection'
  | 'serverNow'
  | 'onChange'
  | 'approval'
  | 'approve'
  | 'deny'
  | 'respond'
  | 'ticket'
  | 'answer'
  | 'acknowledge'
  | 'resolve'
  | 'pause'
  | 'resume'
  | 'stop'
  | 'agents'
  | 'watchAgents'
  | 'followOrders'
  | 'seen'
>
