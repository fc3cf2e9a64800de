//! Every text that people and programs read, word for word.

use std::error::Error;

use crate::common::CAUSES;
use crate::records::issued_to_master as issued;
use crate::scripted_store::{Records, ScriptedStore};
use serde_json::{Value, json};
use wukongim_auth::DeviceFlag::{App, Pc, System, Web};
use wukongim_auth::diagnosis::{Alteration, Language, ParameterProblem, Transport};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::provision::{ProvisionError, StoredRecordError};
use wukongim_auth::{
    Cause, Credentials, DeviceFlag, DeviceFlags, DeviceLevel, Disposition, Timestamp, Token,
    Verifier, VerifyError,
};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_123);
const EARLY: Timestamp = Timestamp::from_millis(1_600_000_000_000);
const TOKEN: &str = "the-token-0123456789";

fn none() -> ScriptedStore {
    ScriptedStore::new([])
}

fn verifier() -> Verifier {
    Verifier::new().with_manager_token(Token::new("manager"))
}

fn refused(store: &ScriptedStore, credentials: Credentials<'_>) -> VerifyError {
    verifier().verify(store, &credentials, NOW).unwrap_err()
}

fn web(token: &str) -> Credentials<'_> {
    Credentials::new("alice", Web, token)
}

fn app() -> Credentials<'static> {
    Credentials::new("alice", App, TOKEN)
}

/// As the JavaScript SDKs and the EasySDKs connect.
fn over_ws(credentials: Credentials<'_>) -> Credentials<'_> {
    credentials.with_transport(Transport::WebSocket)
}

/// Every cause, and every variation that its fix knows.
fn errors() -> Vec<VerifyError> {
    let own = || ScriptedStore::new([(Web, issued(TOKEN))]);
    let for_web_and_pc = || ScriptedStore::new([(Web, issued(TOKEN)), (Pc, issued(TOKEN))]);
    let others_fail =
        |records: Records| ScriptedStore::new(records).get_all_fails(|| "no connection");
    let rotated = issued("old").rotate(Token::new(TOKEN), EARLY).unwrap();
    let old = Credentials::new("alice", App, "other");
    let mut errors = vec![
        refused(&own(), Credentials::new("", Web, TOKEN)),
        refused(&own(), Credentials::new("a\n", Web, TOKEN)),
        refused(
            &own(),
            Credentials::new("alice", DeviceFlag::from(7), TOKEN),
        ),
        refused(&own(), Credentials::new("alice", System, TOKEN)),
        refused(&own(), web("")),
        refused(&none().get_fails(|| "no connection"), web(TOKEN)),
        refused(
            &ScriptedStore::new([(Web, issued(TOKEN).revoke(EARLY))]),
            web(TOKEN),
        ),
        refused(
            &ScriptedStore::new([(Web, issued(TOKEN).with_expiry(EARLY))]),
            web(TOKEN),
        ),
        refused(&ScriptedStore::new([(Web, rotated)]), web("old")),
        refused(&own(), web("manager")),
        refused(&own(), app()),
        refused(&own(), app().with_transport(Transport::Tcp)),
        refused(&own(), over_ws(app())),
        refused(&for_web_and_pc(), over_ws(app())),
        refused(&own(), over_ws(app()).with_device_flag_missing()),
        refused(&for_web_and_pc(), app()),
        refused(&for_web_and_pc(), app().with_device_flag_missing()),
        refused(&ScriptedStore::new([(App, issued(TOKEN))]), web(TOKEN)),
    ];
    let alterations = [
        "\u{feff}T",
        " T",
        "'T'",
        "Bearer T",
        "T%2D",
        "HEX",
        "CUT",
        "T\0",
        "Optional(T)",
        "[\"T\"]",
        "token=T",
        "TT",
        "BASE64",
        "DASHES",
    ];
    for how in alterations {
        let (stored, presented) = match how {
            "T%2D" => ("the-token-", "the-token%2D".to_owned()),
            "HEX" => ("abcdef", "ABCDEF".to_owned()),
            "CUT" => (TOKEN, TOKEN[..18].to_owned()),
            "BASE64" => ("the-token-", "dGhlLXRva2VuLQ==".to_owned()),
            "DASHES" => ("abcdef", "ab-cd-ef".to_owned()),
            frame => (TOKEN, frame.replace('T', TOKEN)),
        };
        errors.push(refused(
            &ScriptedStore::new([(Web, issued(stored))]),
            web(&presented),
        ));
    }
    errors.extend([
        refused(&own(), web("undefined")),
        refused(&others_fail(vec![(Web, issued(TOKEN))]), web("other")),
        refused(
            &others_fail(vec![(Web, issued(TOKEN).revoke(EARLY))]),
            web("other"),
        ),
        refused(&others_fail(vec![]), web("other")),
        refused(&for_web_and_pc(), old),
        refused(&for_web_and_pc(), over_ws(old)),
        refused(&own(), over_ws(old.with_device_flag_missing())),
        refused(&none(), web(TOKEN)),
        refused(&none(), Credentials::new("alice", Pc, TOKEN)),
        refused(&own(), web("other")),
    ]);
    let refused_by = |flags, device_flag| {
        let verifier = Verifier::new().with_device_flags(flags);
        let credentials = Credentials::new("alice", device_flag, TOKEN);
        let store = ScriptedStore::new([(DeviceFlag::from(5), issued("other"))]);
        verifier.verify(&store, &credentials, NOW).unwrap_err()
    };
    let four_to_six = [4, 5, 6].into_iter().map(DeviceFlag::from);
    let more = four_to_six.fold(DeviceFlags::CLIENTS, DeviceFlags::with);
    errors.extend([
        refused_by(DeviceFlags::CLIENTS.with(System), System),
        refused_by(more, DeviceFlag::from(4)),
        refused_by(more, DeviceFlag::from(7)),
        refused_by(DeviceFlags::NONE, App),
    ]);
    errors
}

struct Texts {
    label: &'static str,
    cause: &'static str,
    english: &'static str,
    chinese: &'static str,
}

/// For [`errors`], in their order.
const TEXTS: &[Texts] = &[
    Texts {
        label: "empty_uid",
        cause: "the uid is empty",
        english: "Pass the uid used in POST /user/token to the SDK before connecting.",
        chinese: "请在连接前把用户的 uid 传给 SDK，它必须与调用 POST /user/token 时的 uid 一致。",
    },
    Texts {
        label: "invalid_uid",
        cause: "the uid contains a control character",
        english: "Use a uid without control characters, and the same one in the client and in POST /user/token.",
        chinese: "请去掉 uid 中的控制字符（换行、制表符等），并确保客户端与 POST /user/token 使用同一个 uid。",
    },
    Texts {
        label: "unknown_device_flag",
        cause: "device flag 7 is not one of those allowed: 0 (APP), 1 (WEB), 2 (PC)",
        english: "Let the client connect with an allowed deviceFlag (0 (APP), 1 (WEB), 2 (PC)), and register its token with POST /user/token under the same device_flag. If clients are meant to use 7, allow it with Verifier::with_device_flags.",
        chinese: "请让客户端使用允许的 deviceFlag（0 (APP)、1 (WEB)、2 (PC)）连接，并在调用 POST /user/token 注册 token 时传相同的 device_flag。如果客户端确实要使用 7，请用 Verifier::with_device_flags 放行。",
    },
    Texts {
        label: "unknown_device_flag",
        cause: "device flag 99 (SYSTEM) is not one of those allowed: 0 (APP), 1 (WEB), 2 (PC)",
        english: "Let the client connect with an allowed deviceFlag (0 (APP), 1 (WEB), 2 (PC)), and register its token with POST /user/token under the same device_flag.",
        chinese: "请让客户端使用允许的 deviceFlag（0 (APP)、1 (WEB)、2 (PC)）连接，并在调用 POST /user/token 注册 token 时传相同的 device_flag。",
    },
    Texts {
        label: "empty_token",
        cause: "the token is empty or only whitespace",
        english: "Pass the token that POST /user/token registered for this uid and device_flag=1 (WEB) to the SDK; the client connected without one.",
        chinese: "客户端连接时没有携带 token。请把通过 POST /user/token 为该 uid 和 device_flag=1 (WEB) 注册的 token 传给 SDK。",
    },
    Texts {
        label: "store",
        cause: "the token store lookup failed",
        english: "Check the store's error. Nothing is known about the client, and no token needs to be changed. Most SDKs reconnect on their own.",
        chinese: "请查看存储返回的错误：此时无法判断客户端是否合法，不需要更换 token。多数 SDK 会自动重连。",
    },
    Texts {
        label: "revoked",
        cause: "the token of this uid and device flag was revoked at 2020-09-13T12:26:40.000Z",
        english: "Issue a new token with POST /user/token and device_flag=1 (WEB), and give it to the client. The registered one was revoked, for example by POST /user/device_quit.",
        chinese: "注册的 token 已被撤销（例如调用过 POST /user/device_quit）。请调用 POST /user/token 并传 device_flag=1 (WEB)，重新签发 token，再把新 token 下发给客户端。",
    },
    Texts {
        label: "expired",
        cause: "the token expired at 2020-09-13T12:26:40.000Z",
        english: "Issue a new token with POST /user/token and device_flag=1 (WEB), and give it to the client before it reconnects.",
        chinese: "请调用 POST /user/token 并传 device_flag=1 (WEB)，签发新的 token，并在客户端下次连接之前下发给它。",
    },
    Texts {
        label: "superseded",
        cause: "the token was superseded at rotation and accepted until 2020-09-13T12:26:40.000Z",
        english: "Give the client the newest token for device_flag=1 (WEB). It still uses the previous one, and the overlap in which both were accepted is over.",
        chinese: "客户端仍在使用轮换前的 token，而新旧 token 的过渡期已过。请把 device_flag=1 (WEB) 最新的 token 下发给客户端。",
    },
    Texts {
        label: "manager_token",
        cause: "the token is the manager's, not a user's",
        english: "Issue a token for this user with POST /user/token and device_flag=1 (WEB), and give that one to the client. Replace the manager token: it has been exposed to a client.",
        chinese: "客户端误用了管理 token。请调用 POST /user/token 并传 device_flag=1 (WEB)，为该用户签发 token 并下发给客户端；管理 token 已经暴露给客户端，请立即更换。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB",
        english: "Issue the token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB).",
        chinese: "请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token；或者让客户端改用 deviceFlag 1 (WEB) 连接。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB",
        english: "Issue the token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB).",
        chinese: "请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token；或者让客户端改用 deviceFlag 1 (WEB) 连接。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB",
        english: "Most likely a JS SDK is using deviceFlag 0: set its deviceFlag to 1 (WEB), the flag that the token was issued for. For any other client, issue the token with POST /user/token and device_flag=0 (APP).",
        chinese: "很可能是 JS SDK 使用了 deviceFlag 0：请把它的 deviceFlag 设为 1 (WEB)，即签发该 token 时的值。如果是其他客户端，请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB, PC",
        english: "Most likely a JS SDK is using deviceFlag 0: set its deviceFlag to 1 (WEB), the flag that the token was issued for. For any other client, issue the token with POST /user/token and device_flag=0 (APP).",
        chinese: "很可能是 JS SDK 使用了 deviceFlag 0：请把它的 deviceFlag 设为 1 (WEB)，即签发该 token 时的值。如果是其他客户端，请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB",
        english: "The client sent no device flag and is treated as APP. Issue the token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB).",
        chinese: "客户端没有发送设备标识，按 APP 处理。请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token；或者让客户端改用 deviceFlag 1 (WEB) 连接。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB, PC",
        english: "Issue the token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB) or 2 (PC).",
        chinese: "请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token；或者让客户端改用 deviceFlag 1 (WEB) 或 2 (PC) 连接。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: WEB, PC",
        english: "The client sent no device flag and is treated as APP. Issue the token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB) or 2 (PC).",
        chinese: "客户端没有发送设备标识，按 APP 处理。请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token；或者让客户端改用 deviceFlag 1 (WEB) 或 2 (PC) 连接。",
    },
    Texts {
        label: "issued_for_other_flag",
        cause: "the token was issued for another device flag: APP",
        english: "Issue the token with POST /user/token and device_flag=1 (WEB), or let the client connect with deviceFlag 0 (APP).",
        chinese: "请调用 POST /user/token 并传 device_flag=1 (WEB)，签发该 token；或者让客户端改用 deviceFlag 0 (APP) 连接。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, preceded by a byte order mark",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was preceded by a byte order mark.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 前面多了 BOM（字节顺序标记）。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, surrounded by whitespace",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was surrounded by whitespace.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 前后多了空白或换行。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, enclosed in quotes",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was enclosed in quotes.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 两侧多了引号。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, preceded by `Bearer `",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was preceded by `Bearer `.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 前面多了 `Bearer `。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, percent-encoded",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was percent-encoded.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 经过了百分号编码（URL 编码）。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, changed in the case of its hex digits",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was changed in the case of its hex digits.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 中十六进制字母的大小写变了。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, truncated",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was truncated.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 末尾被截断。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, mixed with invisible characters",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was mixed with invisible characters.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 里混入了不可见字符。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, wrapped in `Optional(…)`",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was wrapped in `Optional(…)`.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 外面多了一层 `Optional(…)`。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, wrapped in JSON",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was wrapped in JSON.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 外面多了一层 JSON。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, preceded by a name, as in `token=…`",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was preceded by a name, as in `token=…`.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 前面多了名称，例如 `token=…`。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, written twice",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was written twice.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 重复了一遍。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, base64-encoded",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was base64-encoded.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 经过了 base64 编码。",
    },
    Texts {
        label: "altered",
        cause: "the token is the registered one, split by dashes between its hex digits",
        english: "Pass the token that POST /user/token registered for device_flag=1 (WEB) to the SDK unmodified; the one received was split by dashes between its hex digits.",
        chinese: "请把通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token 原样传给 SDK：收到的 token 的十六进制数字之间多了连字符。",
    },
    Texts {
        label: "placeholder",
        cause: "the token is a placeholder, such as undefined or ${token}",
        english: "The client connected before it had a token: it sent the text of an empty variable or an unfilled template. Fetch the token that POST /user/token registered for device_flag=1 (WEB) before connecting.",
        chinese: "客户端还没有拿到 token 就开始连接了：它发送的是空变量或未填充模板的文本。请先取得通过 POST /user/token 为 device_flag=1 (WEB) 注册的 token，再连接。",
    },
    Texts {
        label: "ambiguous",
        cause: "the other device flags could not be looked up; possible causes: issued_for_other_flag, mismatch",
        english: "Check the store's error. Until the store recovers, compare the client's token with the tokens passed to POST /user/token for device_flag=1 (WEB) and for the other flags.",
        chinese: "请查看存储返回的错误。存储恢复之前，可以把客户端的 token 与调用 POST /user/token 时传入的 token 逐一核对：先核对 device_flag=1 (WEB)，再核对其他 device_flag。",
    },
    Texts {
        label: "ambiguous",
        cause: "the other device flags could not be looked up; possible causes: issued_for_other_flag, revoked",
        english: "Check the store's error. Until the store recovers, compare the client's token with the tokens passed to POST /user/token for device_flag=1 (WEB) and for the other flags.",
        chinese: "请查看存储返回的错误。存储恢复之前，可以把客户端的 token 与调用 POST /user/token 时传入的 token 逐一核对：先核对 device_flag=1 (WEB)，再核对其他 device_flag。",
    },
    Texts {
        label: "ambiguous",
        cause: "the other device flags could not be looked up; possible causes: issued_for_other_flag, not_issued_for_flag, not_issued",
        english: "Check the store's error. Until the store recovers, compare the client's token with the tokens passed to POST /user/token for device_flag=1 (WEB) and for the other flags.",
        chinese: "请查看存储返回的错误。存储恢复之前，可以把客户端的 token 与调用 POST /user/token 时传入的 token 逐一核对：先核对 device_flag=1 (WEB)，再核对其他 device_flag。",
    },
    Texts {
        label: "not_issued_for_flag",
        cause: "no token is registered for this device flag, only for WEB, PC",
        english: "Issue a token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB) or 2 (PC) and the token of that flag.",
        chinese: "请调用 POST /user/token 并传 device_flag=0 (APP)，签发 token；或者让客户端改用 deviceFlag 1 (WEB) 或 2 (PC) 及其对应的 token 连接。",
    },
    Texts {
        label: "not_issued_for_flag",
        cause: "no token is registered for this device flag, only for WEB, PC",
        english: "Issue a token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB) or 2 (PC) and the token of that flag.",
        chinese: "请调用 POST /user/token 并传 device_flag=0 (APP)，签发 token；或者让客户端改用 deviceFlag 1 (WEB) 或 2 (PC) 及其对应的 token 连接。",
    },
    Texts {
        label: "not_issued_for_flag",
        cause: "no token is registered for this device flag, only for WEB",
        english: "The client sent no device flag and is treated as APP. Issue a token with POST /user/token and device_flag=0 (APP), or let the client connect with deviceFlag 1 (WEB) and the token of that flag.",
        chinese: "客户端没有发送设备标识，按 APP 处理。请调用 POST /user/token 并传 device_flag=0 (APP)，签发 token；或者让客户端改用 deviceFlag 1 (WEB) 及其对应的 token 连接。",
    },
    Texts {
        label: "not_issued",
        cause: "no token is registered for this uid and device flag",
        english: "Call POST /user/token with this uid and device_flag=1 (WEB) before the client connects.",
        chinese: "请在客户端连接之前，调用 POST /user/token 并传该 uid 和 device_flag=1 (WEB)，签发 token。",
    },
    Texts {
        label: "not_issued",
        cause: "no token is registered for this uid and device flag",
        english: "Call POST /user/token with this uid and device_flag=2 (PC) before the client connects.",
        chinese: "请在客户端连接之前，调用 POST /user/token 并传该 uid 和 device_flag=2 (PC)，签发 token。",
    },
    Texts {
        label: "mismatch",
        cause: "the token is not the registered one",
        english: "Give the client the token from the last POST /user/token for this uid and device_flag=1 (WEB); each call replaces the previous token. Compare len and sha256 at both ends.",
        chinese: "请把最近一次为该 uid 和 device_flag=1 (WEB) 调用 POST /user/token 时传入的 token 下发给客户端；每次调用都会使之前的 token 失效。可以在两端核对 len 与 sha256。",
    },
    Texts {
        label: "not_issued",
        cause: "no token is registered for this uid and device flag",
        english: "Call POST /user/token with this uid and device_flag=99 (SYSTEM) before the client connects.",
        chinese: "请在客户端连接之前，调用 POST /user/token 并传该 uid 和 device_flag=99 (SYSTEM)，签发 token。",
    },
    Texts {
        label: "not_issued_for_flag",
        cause: "no token is registered for this device flag, only for 5",
        english: "Issue a token with POST /user/token and device_flag=4, or let the client connect with deviceFlag 5 and the token of that flag.",
        chinese: "请调用 POST /user/token 并传 device_flag=4，签发 token；或者让客户端改用 deviceFlag 5 及其对应的 token 连接。",
    },
    Texts {
        label: "unknown_device_flag",
        cause: "device flag 7 is not one of those allowed: 0 (APP), 1 (WEB), 2 (PC), 4-6",
        english: "Let the client connect with an allowed deviceFlag (0 (APP), 1 (WEB), 2 (PC), 4-6), and register its token with POST /user/token under the same device_flag. If clients are meant to use 7, allow it with Verifier::with_device_flags.",
        chinese: "请让客户端使用允许的 deviceFlag（0 (APP)、1 (WEB)、2 (PC)、4-6）连接，并在调用 POST /user/token 注册 token 时传相同的 device_flag。如果客户端确实要使用 7，请用 Verifier::with_device_flags 放行。",
    },
    Texts {
        label: "unknown_device_flag",
        cause: "device flag 0 (APP) is not one of those allowed: none",
        english: "Set the device flags that clients may use with Verifier::with_device_flags; the set is empty, so every client is rejected.",
        chinese: "请用 Verifier::with_device_flags 指定客户端可以使用的设备标识：目前的集合为空，任何客户端都会被拒绝。",
    },
];

#[test]
fn every_cause_has_its_message() {
    let errors = errors();
    assert_eq!(errors.len(), TEXTS.len());
    for (error, texts) in errors.iter().zip(TEXTS) {
        let cause = error.cause();
        assert_eq!((cause.label(), error.label()), (texts.label, texts.label));
        assert_eq!(cause.to_string(), texts.cause);
        assert_eq!(
            format!("{cause:?}"),
            format!("Cause({}: {})", texts.label, texts.cause)
        );
        assert_eq!(error.fix().to_string(), texts.english);
        for (language, text) in [
            (Language::English, texts.english),
            (Language::Chinese, texts.chinese),
        ] {
            assert_eq!(error.fix().in_language(language).to_string(), text);
        }
    }
    assert_eq!(Language::default(), Language::English);
}

#[test]
fn causes_and_fixes_share_one_punctuation() {
    for texts in TEXTS {
        assert!(
            texts.cause.starts_with(char::is_lowercase),
            "{}",
            texts.cause
        );
        assert!(!texts.cause.ends_with('.'), "{}", texts.cause);
        assert!(texts.english.ends_with('.') && texts.chinese.ends_with('。'));
        for line in [texts.cause, texts.english, texts.chinese] {
            assert_eq!(line.lines().count(), 1);
        }
    }
}

#[test]
fn candidates_are_labels_of_causes() {
    let mut count = 0;
    for error in errors() {
        let Cause::Ambiguous { candidates, .. } = error.cause() else {
            continue;
        };
        count += 1;
        assert!(candidates.iter().all(|label| CAUSES.contains(label)));
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(json["candidates"], json!(candidates));
    }
    assert_eq!(count, 3);
}

/// Facts that the server adds are combined with known ones: over a WebSocket, the missing flag is
/// not forgotten.
#[test]
fn facts_are_added_one_by_one() {
    let address = "192.0.2.1:4242".parse().unwrap();
    let missing = app().with_device_flag_missing();
    let credentials = over_ws(missing).with_address(address);
    assert!(credentials.facts.device_flag_missing);
    assert_eq!(credentials.facts.transport, Some(Transport::WebSocket));
    assert_eq!(credentials.facts.address, Some(address));
    let turned = app().with_address(address);
    let turned = over_ws(turned).with_device_flag_missing();
    assert_eq!(turned.facts, credentials.facts);
    assert_ne!(app().facts, credentials.facts);
}

#[test]
fn the_log_line_is_as_written_here() {
    let address = "[2001:db8::1]:5100".parse().unwrap();
    let registered = |record| ScriptedStore::new([(App, record)]);
    let credentials = over_ws(app())
        .with_address(address)
        .with_device_flag_missing()
        .with_device_id("a1b2W");
    let cases = [
        (
            refused(&none(), web("s3cret")),
            r#"token verify fail: no token is registered for this uid and device flag; cause=not_issued uid="alice" deviceFlag=WEB deviceID="" expectToken=none actToken="len=6 sha256=1ec1c26b""#,
        ),
        (
            refused(&registered(issued("s3cret")), credentials),
            r#"token verify fail: the token is not the registered one; cause=mismatch uid="alice" deviceFlag=APP deviceLevel=Master deviceID="a1b2W" expectToken="len=6 sha256=1ec1c26b" actToken="len=20 sha256=a9e9a29d" deviceFlagMissing=true transport=ws peer=[2001:db8::1]:5100"#,
        ),
        (
            refused(&registered(issued("s3cret").into_digest_only()), app()),
            r#"token verify fail: the token is not the registered one; cause=mismatch uid="alice" deviceFlag=APP deviceLevel=Master deviceID="" expectToken="sha256=1ec1c26b" actToken="len=20 sha256=a9e9a29d""#,
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{error:?}"), format!("VerifyError({expected})"));
    }
    let error = refused(&registered(issued("s3cret")), credentials);
    assert_eq!(
        error.revealed().to_string(),
        r#"token verify fail: the token is not the registered one; cause=mismatch uid="alice" deviceFlag=APP deviceLevel=Master deviceID="a1b2W" expectToken="s3cret" actToken="the-token-0123456789" deviceFlagMissing=true transport=ws peer=[2001:db8::1]:5100"#,
    );
}

#[test]
fn the_serialised_names_are_upstreams() {
    let address = "192.0.2.1:4242".parse().unwrap();
    let store = ScriptedStore::new([(App, issued("s3cret"))]);
    let credentials = app()
        .with_transport(Transport::Tcp)
        .with_address(address)
        .with_device_flag_missing()
        .with_device_id("a1b2W");
    let error = refused(&store, credentials);
    assert_eq!(error.device_id(), "a1b2W");
    assert_eq!(error.facts(), credentials.facts);
    let mut expected = json!({
        "uid": "alice",
        "deviceFlag": 0,
        "deviceLevel": 1,
        "deviceID": "a1b2W",
        "expectToken": "len=6 sha256=1ec1c26b",
        "actToken": "len=20 sha256=a9e9a29d",
        "cause": "mismatch",
        "diagnosed": true,
        "fix": error.fix().to_string(),
        "deviceFlagMissing": true,
        "transport": "tcp",
        "peer": "192.0.2.1:4242",
    });
    assert_eq!(serde_json::to_value(&error).unwrap(), expected);
    expected["expectToken"] = "s3cret".into();
    expected["actToken"] = TOKEN.into();
    assert_eq!(serde_json::to_value(error.revealed()).unwrap(), expected);

    let text = serde_json::to_string(&refused(&none(), web("s3cret"))).unwrap();
    assert_eq!(
        text,
        r#"{"uid":"alice","deviceFlag":1,"deviceLevel":null,"deviceID":"","expectToken":null,"actToken":"len=6 sha256=1ec1c26b","cause":"not_issued","diagnosed":true,"fix":"Call POST /user/token with this uid and device_flag=1 (WEB) before the client connects.","deviceFlagMissing":false,"transport":null,"peer":null}"#,
    );
}

/// A reader of a verdict's cause must see that it may not be the root cause.
#[test]
fn an_error_that_is_not_diagnosed_says_so() {
    let store = ScriptedStore::new([(App, issued(TOKEN))]);
    let verdict = |credentials| verifier().verdict(&store, &credentials, NOW).unwrap_err();
    let error = verdict(web(TOKEN));
    let line = r#"token verify fail: no token is registered for this uid and device flag; cause=not_issued diagnosed=false uid="alice" deviceFlag=WEB deviceID="" expectToken=none actToken="len=20 sha256=a9e9a29d""#;
    assert_eq!(error.to_string(), line);
    assert_eq!(serde_json::to_value(&error).unwrap()["diagnosed"], false);
    assert_eq!(
        serde_json::to_value(error.revealed()).unwrap()["diagnosed"],
        false
    );

    let error = verifier().diagnose(&store, error);
    assert_eq!(error.label(), "issued_for_other_flag");
    // Of an empty token, there is nothing to diagnose.
    for error in [error, verdict(web(""))] {
        assert!(!error.to_string().contains("diagnosed"), "{error}");
        assert_eq!(serde_json::to_value(&error).unwrap()["diagnosed"], true);
    }
}

#[test]
fn every_cause_has_its_disposition() {
    const REJECT: Disposition = Disposition::Reject(ReasonCode::AuthFail);
    for error in errors() {
        let expected = match error.cause().label() {
            "store" => Disposition::CloseForRetry,
            _ => REJECT,
        };
        assert_eq!(error.disposition(), expected, "{error}");
    }
    let revealing = verifier().dangerously_reveal_not_issued();
    let refused = |store: &ScriptedStore, credentials: Credentials<'_>| {
        revealing.verify(store, &credentials, NOW).unwrap_err()
    };
    let app_only = ScriptedStore::new([(App, issued(TOKEN))]);
    let others_fail = none().get_all_fails(|| "no connection");
    // Nothing is registered for the pair: that decides, whatever the diagnosis finds.
    const RETRY: Disposition = Disposition::CloseForRetry;
    let cases = [
        (refused(&none(), web(TOKEN)), "not_issued", RETRY),
        (
            refused(&app_only, web("other")),
            "not_issued_for_flag",
            RETRY,
        ),
        (
            refused(&app_only, web(TOKEN)),
            "issued_for_other_flag",
            RETRY,
        ),
        (refused(&none(), web("manager")), "manager_token", RETRY),
        (refused(&others_fail, web(TOKEN)), "ambiguous", RETRY),
        (
            refused(&ScriptedStore::new([(Web, issued("x"))]), web(TOKEN)),
            "mismatch",
            REJECT,
        ),
        (
            refused(
                &ScriptedStore::new([(Web, issued("x").revoke(EARLY))]),
                web(TOKEN),
            ),
            "revoked",
            REJECT,
        ),
        (refused(&none(), web("")), "empty_token", REJECT),
    ];
    for (error, label, disposition) in cases {
        assert_eq!(
            (error.cause().label(), error.disposition()),
            (label, disposition)
        );
    }
}

#[test]
fn every_error_of_provisioning_and_storage_has_its_message() {
    let tombstone = issued(TOKEN).revoke(EARLY);
    let allowed = DeviceFlags::CLIENTS.with(DeviceFlag::from(4));
    let cases: Vec<(Box<dyn Error>, &str)> = vec![
        (
            Box::new(tombstone.rotate(Token::new("new"), NOW).unwrap_err()),
            "the token was revoked at 2020-09-13T12:26:40.000Z; issue a new one instead of rotating it",
        ),
        (
            Box::new(StoredRecordError::UnknownVersion(2)),
            "stored record has version 2, this build reads version 1",
        ),
        (
            Box::new(StoredRecordError::Secret),
            "stored record must have exactly one of token and sha256",
        ),
        (
            Box::new(StoredRecordError::Digest),
            "stored record's sha256 is not 64 hexadecimal digits",
        ),
        (
            Box::new(StoredRecordError::DeviceLevel(9)),
            "stored record has device_level 9, neither 0 (slave) nor 1 (master)",
        ),
        (Box::new(ProvisionError::EmptyUid), "uid must not be empty"),
        (
            Box::new(ProvisionError::ReservedInUid),
            "uid must not contain @, # or &",
        ),
        (
            Box::new(ProvisionError::InvalidUid),
            "uid must not contain control characters",
        ),
        (
            Box::new(ProvisionError::EmptyToken),
            "token must not be empty",
        ),
        (
            Box::new(ProvisionError::TooLong {
                member: "token",
                len: 8170,
                max: 8169,
            }),
            "token has 8170 bytes, but CONNECT has room for 8169",
        ),
        (
            Box::new(ProvisionError::SystemAccount),
            "the system account has no token to be set",
        ),
        (
            Box::new(ProvisionError::DeviceFlag { number: 7, allowed }),
            "device_flag 7 is not one that clients may use: 0 (APP), 1 (WEB), 2 (PC), 4",
        ),
        (
            Box::new(ProvisionError::QuitFlag(-2)),
            "device_flag -2 is neither -1 nor 0 to 255",
        ),
        (
            Box::new(ProvisionError::DeviceLevel(9)),
            "device_level 9 is neither 0 (slave) nor 1 (master)",
        ),
        (Box::new(ParameterProblem::EmptyUid), "the uid is empty"),
        (
            Box::new(ParameterProblem::InvalidUid),
            "the uid contains a control character",
        ),
        (
            Box::new(ParameterProblem::ReservedInUid),
            "the uid contains @, # or &, for which no token can be registered",
        ),
        (
            Box::new(ParameterProblem::NonAsciiUid),
            "the uid is not ASCII, which the Android SDK (1.5.5) cannot encode",
        ),
        (
            Box::new(ParameterProblem::UnknownDeviceFlag),
            "the device flag is none of 0 (APP), 1 (WEB) and 2 (PC)",
        ),
        (
            Box::new(ParameterProblem::EmptyToken),
            "the token is empty or only whitespace",
        ),
        (
            Box::new(ParameterProblem::BlanksAroundToken),
            "the token is surrounded by whitespace",
        ),
        (
            Box::new(ParameterProblem::InvisibleInToken),
            "the token contains invisible characters",
        ),
        (
            Box::new(ParameterProblem::LabelledToken),
            "the token is preceded by a name, as in `token=…`, which is not part of it",
        ),
        (
            Box::new(ParameterProblem::PlaceholderToken),
            "the token is a placeholder, such as undefined or ${token}",
        ),
        (
            Box::new(ParameterProblem::QuotedToken),
            "the token is enclosed in quotes",
        ),
        (
            Box::new(ParameterProblem::BearerPrefix),
            "the token begins with `Bearer `, which is not part of it",
        ),
        (
            Box::new(ParameterProblem::TooLong),
            "a string is longer than the 32767 bytes that CONNECT has room for",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn flags_and_levels_have_upstreams_names() {
    let flags = [
        (0, "APP"),
        (1, "WEB"),
        (2, "PC"),
        (99, "SYSTEM"),
        (3, "3"),
        (255, "255"),
    ];
    for (number, name) in flags {
        assert_eq!(DeviceFlag::from(number).to_string(), name);
        assert_eq!(
            serde_json::to_value(DeviceFlag::from(number)).unwrap(),
            json!(number)
        );
    }
    for number in 0..=255 {
        assert_eq!(u8::from(DeviceFlag::from(number)), number);
        let read: DeviceFlag = serde_json::from_value(json!(number)).unwrap();
        assert_eq!(read, DeviceFlag::from(number));
        assert_eq!(DeviceLevel::from_wire(number).is_some(), number < 2);
    }
    assert_eq!(format!("{App:>5}|{Web:<5}|"), "  APP|WEB  |");
    for (number, name, level) in [
        (0, "Slave", DeviceLevel::Slave),
        (1, "Master", DeviceLevel::Master),
    ] {
        assert_eq!(
            (level.to_string().as_str(), u8::from(level)),
            (name, number)
        );
        assert_eq!(serde_json::to_value(level).unwrap(), json!(number));
        assert_eq!(
            serde_json::from_value::<DeviceLevel>(json!(number)).unwrap(),
            level
        );
    }
    let error = serde_json::from_value::<DeviceLevel>(json!(2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a device level is 0 (slave) or 1 (master)"
    );
    let sets: [(&[DeviceFlag], &str); 4] = [
        (&[], ""),
        (&[Pc], "PC"),
        (&[Pc, App, Pc], "APP, PC"),
        (
            &[System, Web, DeviceFlag::from(4), App, Pc],
            "APP, WEB, PC, 4, SYSTEM",
        ),
    ];
    for (flags, expected) in sets {
        let set: DeviceFlags = flags.iter().copied().collect();
        assert_eq!(
            (set.to_string().as_str(), set.is_empty()),
            (expected, flags.is_empty())
        );
        assert_eq!(set.contains(System), flags.contains(&System));
    }
    assert_eq!(
        (Transport::Tcp.to_string(), Transport::WebSocket.to_string()),
        ("tcp".into(), "ws".into())
    );
}

#[test]
fn reason_codes_are_upstreams() {
    let table = [
        "unknown",
        "success",
        "auth fail",
        "subscriber not exist",
        "in blacklist",
        "channel not exist",
        "user not on node",
        "sender offline",
        "msg key error",
        "payload decode error",
        "forward send packet error",
        "not allow send",
        "connect kick",
        "not in whitelist",
        "query token error",
        "system error",
        "channel id error",
        "node match error",
        "node not match",
        "ban",
        "not support header",
        "client key is empty",
        "rate limit",
        "not support channel type",
        "disband",
        "send ban",
        "channel deleting",
        "protocol upgrade required",
        "idempotency conflict",
        "message seq exhausted",
    ];
    for number in 0..=255_u8 {
        let code = ReasonCode::from(number);
        let unknown = format!("reason {number}");
        let expected = table.get(usize::from(number)).copied().unwrap_or(&unknown);
        assert_eq!(code.to_string(), expected);
        assert_eq!(u8::from(code), number);
        assert_eq!(matches!(code, ReasonCode::Other(_)), number > 29);
    }
    assert_eq!(
        [1, 2].map(ReasonCode::from),
        [ReasonCode::Success, ReasonCode::AuthFail]
    );
    assert_eq!(
        [12, 21].map(ReasonCode::from),
        [ReasonCode::ConnectKick, ReasonCode::ClientKeyIsEmpty]
    );
}

#[test]
fn every_alteration_has_its_message() {
    let cases = [
        (Alteration::ByteOrderMark, "preceded by a byte order mark"),
        (Alteration::Blanks, "surrounded by whitespace"),
        (Alteration::Invisible, "mixed with invisible characters"),
        (Alteration::Quotes, "enclosed in quotes"),
        (Alteration::Optional, "wrapped in `Optional(…)`"),
        (Alteration::Json, "wrapped in JSON"),
        (Alteration::Labelled, "preceded by a name, as in `token=…`"),
        (Alteration::Doubled, "written twice"),
        (Alteration::Base64, "base64-encoded"),
        (Alteration::Dashes, "split by dashes between its hex digits"),
        (Alteration::Bearer, "preceded by `Bearer `"),
        (Alteration::PercentEncoded, "percent-encoded"),
        (Alteration::HexCase, "changed in the case of its hex digits"),
        (Alteration::Truncated, "truncated"),
    ];
    for (alteration, expected) in cases {
        assert_eq!(alteration.to_string(), expected);
    }
}

#[test]
fn times_are_printed_in_utc() {
    let cases = [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_164_799_999, "2024-02-28T23:59:59.999Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (-62_135_596_800_001, "0000-12-31T23:59:59.999Z"),
        (i64::MAX, "292278994-08-17T07:12:55.807Z"),
        (i64::MIN, "-292275055-05-16T16:47:04.192Z"),
    ];
    for (millis, expected) in cases {
        let time = Timestamp::from_millis(millis);
        assert_eq!(time.to_string(), expected);
        assert_eq!(
            (time.as_millis(), serde_json::to_value(time).unwrap()),
            (millis, json!(millis))
        );
        assert_eq!(
            serde_json::from_value::<Timestamp>(Value::from(millis)).unwrap(),
            time
        );
    }
}

/// Rounded down on both sides of 1970, so the order of times never changes.
#[test]
fn times_of_the_system_are_whole_milliseconds() {
    use std::time::{Duration, UNIX_EPOCH};
    let cases = [
        (0, 0),
        (1, 0),
        (999, 0),
        (1_000, 1),
        (1_767_348_245_123_456, 1_767_348_245_123),
    ];
    for (micros, millis) in cases {
        let time = UNIX_EPOCH + Duration::from_micros(micros);
        assert_eq!(Timestamp::from(time).as_millis(), millis, "{micros}");
    }
    for (micros, millis) in [(1, -1), (999, -1), (1_000, -1), (1_001, -2)] {
        let time = UNIX_EPOCH - Duration::from_micros(micros);
        assert_eq!(Timestamp::from(time).as_millis(), millis, "-{micros}");
    }
}

#[test]
fn times_saturate() {
    use core::time::Duration;
    let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::MAX);
    assert_eq!(last.saturating_add(Duration::from_millis(1)), last);
    assert_eq!(NOW.saturating_add(Duration::MAX), last);
    assert_eq!(first.saturating_sub(Duration::MAX), first);
    assert_eq!(first.saturating_add(Duration::MAX), last);
    assert_eq!(last.saturating_sub(Duration::MAX), first);
    assert_eq!(
        NOW.saturating_add(Duration::from_micros(1_999)).as_millis(),
        NOW.as_millis() + 1
    );
    assert_eq!(
        NOW.saturating_sub(Duration::from_secs(1)).as_millis(),
        NOW.as_millis() - 1_000
    );
    assert!(Timestamp::now() > NOW && Timestamp::default().as_millis() == 0);
}
