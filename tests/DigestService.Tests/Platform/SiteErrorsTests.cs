using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace DigestService.Tests.Platform;

public sealed class SiteErrorsTests
{
    [Fact]
    public async Task A_visitor_who_breaks_off_is_no_fault()
    {
        var lines = new LinesOf<SiteErrors>();
        var errors = new SiteErrors(_ => throw new ConnectionResetException("Connection reset by peer"), lines);

        await errors.InvokeAsync(new DefaultHttpContext());

        lines.Told.ShouldBeEmpty();
    }
}
