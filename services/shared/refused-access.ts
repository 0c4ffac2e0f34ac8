/**
 * What somebody can do about a server that does not let us in. Servers and TLS say what is wrong, each in its own words and with its own code,
 * and not what to change. Pure.
 */

/** Deep enough for what drivers wrap their socket's error in. */
const DEPTH = 6;

/** OpenSSL's, by Node's names. */
const UNKNOWN_AUTHORITY =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|CERT_SIGNATURE_FAILURE)$/;

const REMEDIES = {
  authority:
    'its certificate is of an authority that is not known here; name the file of the right one (sslrootcert, tlsCAFile, caFile or NODE_EXTRA_CA_CERTS)',
  name: 'its certificate is of another name; use the name in the address that the certificate has',
  expired: 'its certificate has expired; renew it, and look at the clocks',
  tls: 'it wants TLS; say so in the address (sslmode=verify-full)',
  password: 'it does not know this user with this password; mend them in the address',
  right: 'the user may not do that; docs/security.md tells which rights each needs',
} as const;

/** null: it fails of something else. */
export function remedyOf(error: unknown, depth = DEPTH): string | null {
  if (!(error instanceof Error)) return null;
  const own = byCode(error);
  if (own !== null || depth === 0) return own === null ? null : REMEDIES[own];
  const inner: readonly unknown[] =
    'errors' in error && Array.isArray(error.errors) ? [error.cause, ...error.errors] : [error.cause];
  for (const each of inner) {
    const remedy = remedyOf(each, depth - 1);
    if (remedy !== null) return remedy;
  }
  return null;
}

/** Whether it is TLS that failed, which no other try will mend. */
export function isCertificateFailure(error: unknown): boolean {
  const remedy = remedyOf(error);
  return remedy === REMEDIES.authority || remedy === REMEDIES.name || remedy === REMEDIES.expired;
}

/** The message with what to do about it. */
export function withRemedy(message: string, error: unknown): string {
  const remedy = remedyOf(error);
  return remedy === null ? message : `${message}: ${remedy}`;
}

function byCode(error: Error): keyof typeof REMEDIES | null {
  const { code, status } = error as { readonly code?: unknown; readonly status?: unknown };
  if (error.name === 'ConnectError') return status === 401 ? 'password' : status === 403 ? 'right' : null;
  if (error.name.startsWith('KafkaJS')) return byKafka(error.name, code);
  if (error.name.startsWith('Mongo')) return code === 18 ? 'password' : code === 13 ? 'right' : null;
  return typeof code === 'string' ? byText(code, error.message) : null;
}

/** Topic, group, cluster and transactional id; and that of a socket, which kafkajs hands on. */
function byKafka(name: string, code: unknown): keyof typeof REMEDIES | null {
  if (name === 'KafkaJSSASLAuthenticationError') return 'password';
  if (code === 29 || code === 30 || code === 31 || code === 53) return 'right';
  return typeof code === 'string' ? byText(code, '') : null;
}

/** Codes of TLS and of Postgres. */
function byText(code: string, message: string): keyof typeof REMEDIES | null {
  if (UNKNOWN_AUTHORITY.test(code)) return 'authority';
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'name';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'expired';
    case '28P01':
      return 'password';
    case '28000':
      return message.includes('no encryption') ? 'tls' : 'password';
    case '42501':
      return 'right';
    default:
      return null;
  }
}
