// A webhook's life through Connect-Go with its default encoding, the binary one, and the schema that the daemon prints.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"

	"connectrpc.com/connect"

	session "clients/generated"
	"clients/generated/generatedconnect"
)

// Sends the token with each call.
func authorized(token string) connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			request.Header().Set("Authorization", "Bearer "+token)
			return next(ctx, request)
		}
	}
}

func clientWith(token string) generatedconnect.WebhooksServiceClient {
	return generatedconnect.NewWebhooksServiceClient(http.DefaultClient, os.Getenv("GATEWAY_URL"),
		connect.WithInterceptors(authorized(token)))
}

func expect(holds bool, what string, found ...any) {
	if !holds {
		log.Fatalf("%s: found %v", what, found)
	}
}

func must[Response any](response *connect.Response[Response], err error) *Response {
	expect(err == nil, "an answer", err)
	return response.Msg
}

func expectRefusal(err error, code connect.Code, ours string, status string) {
	var refusal *connect.Error
	expect(errors.As(err, &refusal), "an error of the protocol", err)
	expect(refusal.Code() == code, code.String(), refusal)
	expect(len(refusal.Details()) == 1, "one detail", refusal.Details())
	value, err := refusal.Details()[0].Value()
	expect(err == nil, "a detail that can be read", err)
	detail, isOurs := value.(*session.ErrorDetail)
	expect(isOurs, "an ErrorDetail", value)
	expect(detail.GetCode() == ours && detail.GetStatus() == status, ours, detail)
}

func main() {
	ctx := context.Background()
	app := os.Getenv("GATEWAY_APP")
	client := clientWith(os.Getenv("GATEWAY_TOKEN"))
	stranger := clientWith("sgw_" + strings.Repeat("A", 43))

	created := must(client.CreateWebhook(ctx, connect.NewRequest(&session.CreateWebhookRequest{
		AppId: app, Url: "https://example.com/webhook", VerificationToken: "check",
	})))
	id := created.GetWebhook().GetId()
	event := func(id string, name string) *connect.Request[session.PostWebhookEventRequest] {
		return connect.NewRequest(&session.PostWebhookEventRequest{AppId: app, WebhookId: id, Event: name})
	}
	read := connect.NewRequest(&session.WebhookRequest{AppId: app, WebhookId: id})

	added := must(client.AddWebhookEvent(ctx, event(id, "user.created"))).GetWebhook()
	expect(slices.Equal(added.GetEvents(), []string{"user.created"}), "the event", added)
	found := must(client.GetWebhook(ctx, read)).GetWebhook()
	expect(found.String() == added.String(), added.String(), found)

	_, err := client.AddWebhookEvent(ctx, event("web_"+strings.Repeat("0", 26), "user.created"))
	expectRefusal(err, connect.CodeNotFound, "webhook_not_found", "not_found")
	_, err = stranger.GetWebhook(ctx, connect.NewRequest(&session.WebhookRequest{AppId: app, WebhookId: id}))
	expectRefusal(err, connect.CodeUnauthenticated, "invalid_api_token", "unauthorized")
	_, err = client.AddWebhookEvent(ctx, event(id, "user.renamed"))
	expectRefusal(err, connect.CodeInvalidArgument, "invalid_webhook_event", "bad_request")

	must(client.DeleteWebhook(ctx, connect.NewRequest(&session.WebhookRequest{AppId: app, WebhookId: id})))
}
