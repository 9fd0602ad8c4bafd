/** Who may open a connection, and whether their credential still counts. */
import { ok, PROTOCOL, type Result, refused } from '@holdpoint/shared'
import type { Socket } from 'socket.io'
import type { Principal } from '../auth/principal.ts'
import { decodeHandshake } from './decode.ts'
import type { EngineConnection } from './links.ts'
import type { SocketPorts, Space } from './socket-ports.ts'

/** Handshakes that one connection may try before it is closed: each costs a signature check. */
const MAX_HANDSHAKES = 8

/** ID1: who is this, and may they come in? The principal stays with the socket. */
export async function admit(
  socket: Socket,
  space: Space,
  { verifier, revocations, standing, admit: gates }: SocketPorts,
): Promise<Result<Principal>> {
  const connection = socket.conn as unknown as EngineConnection & { handshakes?: number }
  connection.handshakes = (connection.handshakes ?? 0) + 1
  if (connection.handshakes > MAX_HANDSHAKES) {
    connection.close()
    return refused('rate_limited')
  }
  const handshake = decodeHandshake(socket.handshake.auth)
  if (!handshake.ok) return handshake
  if (handshake.value.protocol !== PROTOCOL)
    return refused('unsupported_protocol', `This server speaks protocol ${PROTOCOL}; update the client.`, {
      protocol: PROTOCOL,
    })
  const principal = await credentialOf(handshake.value.token, { verifier, revocations, standing })
  if (!principal.ok) return principal
  const allowed = gates[space](principal.value)
  if (!allowed.ok) return allowed
  socket.data.principal = principal.value
  return principal
}

export async function credentialOf(
  token: string,
  { verifier, revocations, standing }: Pick<SocketPorts, 'verifier' | 'revocations' | 'standing'>,
): Promise<Result<Principal>> {
  const principal = await verifier.verify(token)
  return principal.ok ? counts(principal.value, { revocations, standing }) : principal
}

/** ID3: whether a credential that was good still is. */
export async function counts(
  principal: Principal,
  { revocations, standing }: Pick<SocketPorts, 'revocations' | 'standing'>,
): Promise<Result<Principal>> {
  if (await revocations.check(principal.tenant, principal))
    return refused('unauthenticated', 'This token was revoked; present another one.')
  const stands = await standing(principal)
  return stands.ok ? ok(principal) : stands
}
